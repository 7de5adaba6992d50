import type { Properties, Table } from './methods.ts';
import { encodeContentHeader } from './wire.ts';

/**
 * A message as it was published. Every queue it was routed to shares this one object, so it is never changed.
 */
export interface Message {
  readonly exchange: string;
  readonly routingKey: string;
  /** Decoded, for the broker's own eyes: headers exchanges, expiration, dead-lettering. */
  readonly properties: Properties;
  /** The content header's payload: what consumers are sent. */
  readonly header: Buffer;
  readonly body: Buffer;
}

/** A message in one queue, or out with one of its consumers and not settled yet. */
export interface Entry {
  readonly message: Message;
  /** Its place in the queue, kept over redeliveries: a returned message goes back to where it was. */
  readonly position: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  redelivered: boolean;
  /** How often it came back; what a delivery limit counts. */
  deliveryCount: number;
}

/**
 * The same message with other properties. When they cannot be encoded (headers that grew over the codec's 64
 * KiB, or tables nested so deeply that encoding overflows the stack), consumers see the old ones: a hostile
 * header must not break the queue that holds it.
 */
export function withProperties(message: Message, properties: Properties): Message {
  try {
    return { ...message, properties, header: encodeContentHeader(properties, message.body.length) };
  } catch {
    return { ...message, properties };
  }
}

export function withHeaders(message: Message, headers: Table): Message {
  const { properties } = message;
  return withProperties(message, { ...properties, headers: { ...properties.headers, ...headers } });
}
