import type { UnreadableReason } from '@meander/lead';
import { count, startAtZero } from '@meander/telemetry';
import type { ConsumeMessage } from 'amqplib';
import { bareHeaders } from './bare-headers.ts';
import type { Publisher } from './publisher.ts';
import { exchanges } from './topology.ts';

/**
 * Why a message is put aside: nobody can read it, its handler fails at it for reasons of our own, or processes end
 * while they handle it.
 */
export type DeadReason = UnreadableReason | 'handler-failed' | 'consumer-died';

const reasons: readonly DeadReason[] = [
  'not-json',
  'not-a-cloudevent',
  'unknown-type',
  'unknown-version',
  'invalid-data',
  'handler-failed',
  'consumer-died',
];

/** Makes the counter of dead letters visible before the first one. */
export function startCountingDeadLetters(): void {
  startAtZero(count.deadLetter, ...reasons.map((reason) => ({ reason })));
}

/** What came of handling a message: done, left to the broker to be delivered again, or nobody can, and why. */
export type Verdict = 'handled' | 'given-back' | DeadReason;

export const isDead = (verdict: Verdict): verdict is DeadReason =>
  verdict !== 'handled' && verdict !== 'given-back';

/**
 * Puts a message aside in `meander.dead`, with the reason, where people can look at it and send it again; without the
 * headers that it came with where they cannot be written again. True once the broker has confirmed it: only then may the original be acknowledged.
 */
export async function setAside(
  publisher: Publisher,
  { queue, reason, message }: { queue: string; reason: DeadReason; message: ConsumeMessage },
): Promise<boolean> {
  const { messageId, type, contentType, headers } = message.properties;
  const id =
    typeof messageId === 'string' && messageId !== '' ? messageId : `${queue}/${message.fields.deliveryTag}`;
  const death = { 'x-dead-reason': reason, 'x-dead-queue': queue, 'x-dead-at': new Date().toISOString() };
  const confirmed = await publisher.publish([
    {
      id,
      exchange: exchanges.dead,
      routingKey: message.fields.routingKey,
      type: typeof type === 'string' ? type : '',
      body: message.content,
      contentType: typeof contentType === 'string' ? contentType : 'application/octet-stream',
      headers: { ...headers, ...death },
      bareHeaders: { ...bareHeaders(headers), ...death },
      mandatory: true,
    },
  ]);
  if (!confirmed.has(id)) return false;
  count.deadLetter({ reason });
  return true;
}
