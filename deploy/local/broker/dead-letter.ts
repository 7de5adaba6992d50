import { type Message, withProperties } from './message.ts';
import type { FieldValue, Table } from './methods.ts';
import type { Queue } from './queue.ts';

/** Why a queue gave a message up, as `x-death` words it. */
export type DeathReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

/**
 * The message as it goes to the dead letter exchange: its history in `x-death`, newest first, one entry for
 * each queue and reason. It loses its expiration, or it would expire again in the queue for the dead.
 */
export function asDeadLetter(message: Message, queue: Queue, reason: DeathReason, now: Date): Message {
  const { deadLetterExchange = '', deadLetterRoutingKey = message.routingKey } = queue.options;
  const { headers = {}, expiration } = message.properties;
  const deaths = deathsOf(message);
  const known = deaths.find((death) => death.queue === queue.name && death.reason === reason);
  const death: Table = known
    ? { ...known, count: Number(known.count) + 1 }
    : {
        count: 1,
        reason,
        queue: queue.name,
        time: { '!': 'timestamp', value: Math.floor(now.getTime() / 1000) },
        exchange: message.exchange,
        'routing-keys': [message.routingKey],
        ...(expiration === undefined ? {} : { 'original-expiration': expiration }),
      };
  const place = { reason, queue: queue.name, exchange: message.exchange };
  const rerouted = { ...message, exchange: deadLetterExchange, routingKey: deadLetterRoutingKey };
  return withProperties(rerouted, {
    ...message.properties,
    expiration: undefined,
    headers: {
      ...prefixed('x-first-death-', place),
      ...headers,
      ...prefixed('x-last-death-', place),
      'x-death': [death, ...deaths.filter((each) => each !== known)],
    },
  });
}

/**
 * Would delivering this dead letter to `queue` send it round in a circle that no consumer takes part in?
 * RabbitMQ drops such messages silently. A rejection in the circle is somebody's decision and breaks it.
 */
export function isCycle(queue: Queue, deadLetter: Message): boolean {
  const deaths = deathsOf(deadLetter);
  const last = deaths.findIndex((death) => death.queue === queue.name);
  return last !== -1 && deaths.slice(0, last + 1).every((death) => death.reason !== 'rejected');
}

/** What a client put into `x-death` itself may be anything: keep the tables, ignore the rest. */
function deathsOf({ properties }: Message): Table[] {
  const deaths = properties.headers?.['x-death'];
  return Array.isArray(deaths) ? deaths.filter(isTable) : [];
}

function isTable(value: FieldValue): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

function prefixed(prefix: string, table: Table): Table {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [prefix + name, value]));
}
