import type { DeliveryState, Template } from '../domain/delivery.ts';
import type { OutcomeKind } from '../domain/outcome.ts';

/** A delivery as the people who run it see it. Addresses are masked. */
export interface DeliveryView {
  id: string;
  lead_id: string;
  template: Template;
  /** `k•••@example.no`; null for mail to sales. */
  to: string | null;
  state: DeliveryState;
  attempts: number;
  /** Null where none will follow by itself. */
  next_attempt_at: Date | null;
  last_outcome: OutcomeKind | null;
  last_response_code: number | null;
  /** What the server last said. */
  last_response: string | null;
  message_id: string;
  created_at: Date;
  updated_at: Date;
  sent_at: Date | null;
}

/** States that a person may send again from; a sent mail is not sent twice, and what waits is sent by itself. */
export const retryableStates = [
  'failed',
  'suppressed',
  'retrying',
] as const satisfies readonly DeliveryState[];
export type RetryableState = (typeof retryableStates)[number];

export type RetryResult =
  | { kind: 'retried'; delivery: DeliveryView }
  | { kind: 'unknown' }
  | { kind: 'refused'; state: DeliveryState };

/** Deliveries as they are looked at and sent again. */
export interface DeliveryDesk {
  /** Newest first. `before`: the id of the last one seen. */
  list(query: { state?: DeliveryState; before?: string; limit: number }): Promise<DeliveryView[]>;
  /** Sends one again, at once and for another 72 hours, under its own Message-ID; remembers who asked. */
  retry(id: string, actorId: string): Promise<RetryResult>;
  /** Sends all of a state again; tells how many. */
  retryAll(state: RetryableState, actorId: string): Promise<number>;
}
