import { backoffDelay, type Logger, pause } from '@meander/runtime';
import type { ConsumeMessage } from 'amqplib';
import { type Attempts, mostDeaths } from './attempts.ts';
import { bareHeaders } from './bare-headers.ts';
import { isDead, type Verdict } from './dead-letters.ts';
import { headersBeforeDeath } from './letter.ts';
import { nameOf } from './message-name.ts';
import type { Publisher } from './publisher.ts';
import type { SettingAside } from './setting-aside.ts';
import { exchanges, returnKey } from './topology.ts';
import type { Turns } from './turns.ts';

/**
 * RabbitMQ 4 dead-letters what came back more than 20 times, whatever it came back for: a long outage of the database,
 * through which the connection is lost again and again, is enough. From this many on a fresh copy takes its place.
 */
const mostReturns = 10;
/** What has ended a process before lets its fellows go first: the pause before its turn, in milliseconds. */
const stepBack = { first: 500, most: 5_000 };

/** True for a message that was in hand when a consumer went: it may be why. */
export const isSuspect = ({ fields }: ConsumeMessage) => fields.redelivered;

/**
 * Handles suspects: one at a time, with nothing beside it in this process, and written down before it begins. So the
 * one that ends its process over and over is told from those that were in hand with it, and it alone is set aside.
 */
export function createSuspects({
  attempts,
  turns,
  publisher,
  setAside,
  queue,
  logger,
  stopping,
}: {
  attempts: Attempts;
  turns: Turns;
  publisher: Publisher;
  setAside: SettingAside;
  queue: string;
  logger: Logger;
  stopping: AbortSignal;
}) {
  /** Nothing is begun that cannot be written down: without the database it waits. Undefined: no longer wanted. */
  const untilWritten = async <T>(write: () => Promise<T>, isLost: () => boolean): Promise<T | undefined> => {
    for (let waits = 1; !isLost() && !stopping.aborted; waits += 1) {
      try {
        return await write();
      } catch (err) {
        if (waits === 1) logger.warn({ err, queue }, 'attempt not written down yet');
        await pause(backoffDelay(waits), stopping);
      }
    }
    return undefined;
  };

  /** Puts a fresh copy at the end of the queue. True once the broker has it. */
  const renew = async (id: string, { content, properties }: ConsumeMessage): Promise<boolean> => {
    const { type, contentType, headers } = properties;
    const confirmed = await publisher.publish([
      {
        ...{ id, exchange: exchanges.leads, routingKey: returnKey(queue), mandatory: true, body: content },
        type: typeof type === 'string' ? type : '',
        contentType: typeof contentType === 'string' ? contentType : 'application/octet-stream',
        headers: headersBeforeDeath(headers),
        bareHeaders: bareHeaders(headers),
      },
    ]);
    return confirmed.has(id);
  };

  /** The turn of one message: what came of it, or undefined where it could not begin. */
  const takeTurn = async (id: string, isLost: () => boolean, work: () => Promise<Verdict>) => {
    const begun = await untilWritten(() => attempts.begin(id), isLost);
    if (begun === undefined) return undefined;
    if (begun >= mostDeaths) return 'consumer-died';
    let verdict: Verdict = 'given-back';
    try {
      verdict = await work();
      return verdict;
    } finally {
      if (!isDead(verdict)) await end(id, verdict === 'handled');
    }
  };

  /** Where it cannot be taken back now, this process knows that it is none, for as long as it lives. */
  const end = (id: string, handled: boolean) => attempts.end(id, { handled }).catch(() => {});

  /**
   * @param work tells what came of handling the message
   * @returns whether it may be acknowledged
   */
  return async (
    message: ConsumeMessage,
    isLost: () => boolean,
    work: () => Promise<Verdict>,
  ): Promise<boolean> => {
    const id = nameOf(message);
    const returns = message.properties.headers?.['x-delivery-count'];
    if (typeof returns === 'number' && returns >= mostReturns && (await renew(id, message))) return true;
    const before = await untilWritten(() => attempts.begun(id), isLost);
    if (before && before + 1 < mostDeaths) await pause(backoffDelay(before, stepBack), stopping);
    const verdict = await turns.alone(() => takeTurn(id, isLost, work));
    if (verdict === undefined || !isDead(verdict)) return verdict === 'handled';
    // Its turn is over: however long the broker takes, the others go on. Until then the attempt counts as not ended.
    const isSetAside = await setAside(message, verdict, isLost);
    if (verdict !== 'consumer-died') await end(id, isSetAside);
    else if (isSetAside) await untilWritten(() => attempts.giveUp(id), isLost);
    return isSetAside;
  };
}
