import type { Actor } from '@meander/auth';

/** What a delivery must be to be sent again; notification, whose it is, judges the same when it takes the event. */
export const retryableStates = ['failed', 'suppressed', 'retrying'] as const;

/** What became of asking. `requested` also where the same was asked before and is on its way. */
export type RetryRequest =
  | { kind: 'requested'; id: string; requestedAt: Date }
  | { kind: 'unknown' }
  | { kind: 'refused'; state: string };

/** Asks notification to send mails again: it owns them. One call is one transaction, requests and events. */
export interface DeliveryRetries {
  request(deliveryId: string, actor: Actor): Promise<RetryRequest>;
  /** All that failed with this answer of the mail server, at most 500 a call; tells how many are asked for. */
  requestAll(responseCode: number | null, actor: Actor): Promise<number>;
}
