import { createHash } from 'node:crypto';
import { type LeadEvent, parseEvent } from '@meander/lead';
import type { MessageProperties } from 'amqplib';

/** What may be told of a dead letter: nothing that a stranger wrote into a message is in it. */
export interface Letter {
  /**
   * The same at every look: the event's id, else the message's, else the hash of the body. Messages that share it
   * tell the same, and are handled together.
   */
  id: string;
  /** Why it was set aside; `delivery_limit` and the like where the broker itself gave up. */
  reason: string;
  /** The queue it was meant for, without the prefix of the installation; undefined where nothing says so. */
  queue: string | undefined;
  /** When it was set aside, RFC 3339 in UTC. */
  setAsideAt: string | undefined;
  /** The type of event that it claims to be. */
  type: string | undefined;
  size: number;
  sha256: string;
  /** The body, where it is an event of ours, which holds nothing personal. */
  event: LeadEvent | undefined;
  /** How often the broker has had it back; from the 21st time on, RabbitMQ 4 drops it. */
  returns: number;
}

/** Foreign values are shown where they look like names alone, never like text that somebody wrote. */
const shapes = {
  id: /^[\w.-]{1,80}$/,
  reason: /^[a-z_-]{1,40}$/,
  queue: /^[\w:.-]{1,200}$/,
  type: /^[A-Za-z]{1,60}$/,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
};
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const shaped = (value: unknown, shape: RegExp) =>
  typeof value === 'string' && shape.test(value) ? value : undefined;

/** Id and type of an event that is JSON, be it one that this code reads or a newer one. */
function claims(body: Buffer): { id?: unknown; type?: unknown } {
  try {
    return Object(JSON.parse(body.toString()));
  } catch {
    return {};
  }
}

/** What the broker notes of a message that it gave up itself: from which queue, why, and when, in seconds. */
function latestDeath(headers: Record<string, unknown>): {
  queue?: unknown;
  reason?: unknown;
  time?: unknown;
} {
  const [death] = Array.isArray(headers['x-death']) ? headers['x-death'] : [];
  const { queue, reason, time } = Object(death);
  const seconds = Object(time).value;
  const known = typeof seconds === 'number' && seconds > 0 && seconds < 1e11;
  return { queue, reason, time: known ? new Date(seconds * 1000).toISOString() : undefined };
}

/** Reads what a message in the dead letters tells about itself. Never throws, whatever the message holds. */
export function readLetter(
  { content, properties }: { content: Buffer; properties: Pick<MessageProperties, 'headers' | 'messageId'> },
  prefix: string,
): Letter {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const parsed = parseEvent(content);
  const claimed = claims(content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const death = latestDeath(headers);
  const diedIn = shaped(death.queue, shapes.queue);
  const returns = headers['x-delivery-count'];
  return {
    id:
      shaped(claimed.id, uuid) ?? shaped(properties.messageId, shapes.id) ?? `sha256-${sha256.slice(0, 32)}`,
    reason:
      shaped(headers['x-dead-reason'], shapes.reason) ?? shaped(death.reason, shapes.reason) ?? 'unknown',
    queue:
      shaped(headers['x-dead-queue'], shapes.queue) ??
      (diedIn?.startsWith(prefix) ? diedIn.slice(prefix.length) : undefined),
    setAsideAt: shaped(headers['x-dead-at'], shapes.time) ?? shaped(death.time, shapes.time),
    type: shaped(claimed.type, shapes.type),
    size: content.length,
    sha256,
    event: parsed.ok ? parsed.event : undefined,
    returns: typeof returns === 'number' ? returns : 0,
  };
}

/** The headers that tell of a message's death; a message that starts anew starts without them. */
const ofItsDeath = /^x-(dead-|death$|first-death-|last-death-|delivery-count$|acquired-count$)/;

/** RabbitMQ takes a message to these routing keys besides: it was there already, and is to go to one queue now. */
const furtherKeys = ['CC', 'BCC'];

/** A message's headers as they were before it was set aside, for the one queue that it was meant for. */
export function headersBeforeDeath(headers: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !ofItsDeath.test(name) && !furtherKeys.includes(name)),
  );
}
