import { createHash } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';

/** The event's id, as the relay sets it; the hash of a body that nobody named. Nothing is read: that may be what kills. */
export function nameOf({ content, properties }: ConsumeMessage): string {
  const { messageId } = properties;
  if (typeof messageId === 'string' && /^[\w.-]{1,80}$/.test(messageId)) return messageId;
  return `sha256-${createHash('sha256').update(content).digest('hex')}`;
}
