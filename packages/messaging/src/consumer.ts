import { type LeadEvent, parseEvent } from '@meander/lead';
import { backoffDelay, databaseFault, type Logger, pause, withDeadline } from '@meander/runtime';
import { attributes, recordDuration, restoreTraceContext, SpanKind, withSpan } from '@meander/telemetry';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Attempts } from './attempts.ts';
import { type BrokerAccess, type BrokerConnection, openConnection } from './connection.ts';
import { isDead, type Verdict } from './dead-letters.ts';
import type { Publisher } from './publisher.ts';
import { createSettingAside } from './setting-aside.ts';
import { createSuspects, isSuspect } from './suspects.ts';
import { assertTopology, exchanges, mustBeRouted, type Names } from './topology.ts';
import { createTurns } from './turns.ts';

/** Handles one event. Returning acknowledges it; throwing leads to another try, then to the dead letters. */
export type Handler = (event: LeadEvent) => Promise<void>;

export interface Consumer {
  connection: BrokerConnection;
  /** Takes no more messages, finishes those in hand, and closes. */
  stop(): Promise<void>;
}

/**
 * From where a consumer takes: a durable queue of the topology, or one of its own that lives as long as it. What comes
 * back to a durable queue may have ended a process, so its attempts are kept.
 */
export type Subscription = { queue: string; attempts: Attempts } | { own: readonly string[] };

/** Tries of one event on a fault of our own code; faults of the database do not count, they pass. */
const mostTries = 5;
/**
 * How often the topology is declared again, in milliseconds. The broker tells nobody that a binding has gone: an
 * event that still reaches some other queue is confirmed and not returned.
 */
const redeclareInterval = 15_000;
/** How long a stop waits for the broker's word that nothing more comes, and for the messages in hand, in milliseconds. */
const cancelDeadline = 2_000;
const drainDeadline = 6_000;
const giveBackDeadline = 1_000;

/**
 * Consumes events, at most `prefetch` at a time, for as long as the process wants it, through every loss of
 * the connection, the channel or the queue. At least once: handlers are idempotent on the event id.
 */
export async function startConsumer({
  broker,
  name,
  names,
  subscription,
  prefetch,
  handle,
  publisher,
  logger,
}: {
  broker: BrokerAccess;
  name: string;
  names: Names;
  subscription: Subscription;
  prefetch: number;
  handle: Handler;
  publisher: Publisher;
  logger: Logger;
}): Promise<Consumer> {
  const label = 'queue' in subscription ? subscription.queue : `${name}:own`;
  const inHand = new Set<Promise<void>>();
  const stopping = new AbortController();
  let current: { channel: Channel; consumerTag: string } | undefined;

  const turns = createTurns();
  const setAside = createSettingAside({ publisher, queue: label, logger, stopping: stopping.signal });
  const suspects =
    'queue' in subscription
      ? createSuspects({
          ...{ attempts: subscription.attempts, turns, publisher, setAside, queue: label, logger },
          stopping: stopping.signal,
        })
      : undefined;

  /**
   * Whether a durable queue holds the same message, whose consumer cannot read it either: a letter from each copy
   * that listens besides would say the same thing again, and could not be replayed to a queue that went with its copy.
   */
  const isKeptElsewhere = ({ fields }: ConsumeMessage) =>
    'own' in subscription && mustBeRouted(fields.routingKey);

  /** Tries until it is handled, nobody can, or it is lost with its channel (then the broker delivers it again). */
  const process = async (message: ConsumeMessage, isLost: () => boolean): Promise<Verdict> => {
    const parsed = parseEvent(message.content);
    if (!parsed.ok && isKeptElsewhere(message)) {
      logger.warn({ queue: label, reason: parsed.reason }, 'message left to the queue that keeps it');
      return 'handled';
    }
    if (!parsed.ok) return parsed.reason;
    for (let tries = 1, waits = 1; !isLost() && !stopping.signal.aborted; waits += 1) {
      try {
        await handle(parsed.event);
        return 'handled';
      } catch (err) {
        const passing = ['unavailable', 'conflict'].includes(databaseFault(err) ?? '');
        if (waits === 1 || !passing)
          logger.warn({ err, queue: label, event_id: parsed.event.id }, 'event not handled yet');
        if (!passing && tries++ >= mostTries) return 'handler-failed';
      }
      await pause(backoffDelay(waits), stopping.signal);
    }
    return 'given-back';
  };

  /**
   * What came back is handled alone, the rest side by side; what nobody can handle is set aside when its turn is over, so
   * that it holds up nothing while it waits for the broker. True: it may be acknowledged.
   */
  const takeTurn = async (message: ConsumeMessage, isLost: () => boolean): Promise<boolean> => {
    const work = () => process(message, isLost);
    if (suspects && isSuspect(message)) return suspects(message, isLost, work);
    const verdict = await turns.together(work);
    return isDead(verdict) ? setAside(message, verdict, isLost) : verdict === 'handled';
  };

  const receive = async (channel: Channel, message: ConsumeMessage, isLost: () => boolean) => {
    const began = performance.now();
    const operation = {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'process',
      'messaging.destination.name': exchanges.leads,
    };
    const done = await withSpan(
      `process ${label}`,
      {
        kind: SpanKind.CONSUMER,
        parent: restoreTraceContext(message.properties.headers),
        attributes: {
          ...operation,
          // As the conventions compose it for RabbitMQ: exchange, routing key, queue.
          'messaging.destination.name': `${exchanges.leads}:${message.fields.routingKey}:${label}`,
          'messaging.operation.type': 'process',
          'messaging.rabbitmq.destination.routing_key': message.fields.routingKey,
          [attributes.eventId]: String(message.properties.messageId),
        },
      },
      () => takeTurn(message, isLost),
    );
    const seconds = (performance.now() - began) / 1000;
    recordDuration('process', seconds, { ...operation, 'messaging.destination.subscription.name': label });
    if (done && !isLost()) channel.ack(message);
  };

  const subscribe = async (model: ChannelModel): Promise<void> => {
    const channel = await model.createChannel();
    let lost = false;
    /** A channel can end while its connection stays; a new connection is the one way back that is always right. */
    const startOver = () => {
      if (lost) return;
      lost = true;
      if (!stopping.signal.aborted) quietly(() => model.close());
    };
    const redeclaring = setInterval(
      () => void quietly(() => assertTopology(channel, names)),
      redeclareInterval,
    );
    channel.on('error', () => {});
    channel.on('close', () => {
      clearInterval(redeclaring);
      startOver();
    });
    await assertTopology(channel, names);
    await channel.prefetch(prefetch);
    const queue =
      'queue' in subscription ? names(subscription.queue) : await ownQueue(channel, names, subscription.own);
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message === null) {
        startOver();
        return;
      }
      const work = receive(channel, message, () => lost).catch(() => startOver());
      inHand.add(work);
      void work.finally(() => inHand.delete(work));
    });
    current = { channel, consumerTag };
  };

  const connection = await openConnection({ ...broker, name: `${name}-consume`, logger, setup: subscribe });
  return {
    connection,
    async stop() {
      const taking = current;
      const cancelled = taking && quietly(() => taking.channel.cancel(taking.consumerTag));
      await withDeadline(Promise.resolve(cancelled), cancelDeadline).catch(() => {});
      await withDeadline(Promise.all(inHand), drainDeadline).catch(() => {});
      stopping.abort();
      // What is given back was no death, and says so.
      await withDeadline(Promise.all(inHand), giveBackDeadline).catch(() => {});
      await connection.close();
    },
  };
}

/** An exclusive queue for one process: what it misses while away, it reads from the outbox. */
async function ownQueue(channel: Channel, names: Names, routingKeys: readonly string[]): Promise<string> {
  const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
  for (const key of routingKeys) await channel.bindQueue(queue, names(exchanges.leads), key);
  return queue;
}

/** Ends something that may have ended already; amqplib throws then, at once or later. */
async function quietly(end: () => Promise<unknown>): Promise<void> {
  try {
    await end();
  } catch {
    // It had ended already, which is what was wanted.
  }
}
