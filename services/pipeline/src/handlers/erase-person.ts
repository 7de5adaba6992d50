import type { Actor } from '@meander/auth';

/** Everything that is kept of one person, table by table, as it stands (GDPR article 15). */
export interface PersonalData {
  lead: Record<string, unknown>;
  submissions: Record<string, unknown>[];
  changes: Record<string, unknown>[];
  transitions: Record<string, unknown>[];
  demos: Record<string, unknown>[];
  /** Which bookings' confirmations the person asked for once more. */
  resends: Record<string, unknown>[];
  deliveries: Record<string, unknown>[];
  /** Who asked for one of those to be sent again. */
  delivery_retries: Record<string, unknown>[];
  /** Suspect submissions that name the same address, or were released to this lead. */
  quarantine: Record<string, unknown>[];
}

export interface EraseCommand {
  id: string;
  /** The If-Match of the request, or undefined where the caller does not mind. */
  ifMatch: string | undefined;
  actor: Actor;
}

/** What became of an erasure. `unknown`: there is no such lead, or it was erased before. */
export type ErasureResult = { kind: 'erased' } | { kind: 'unknown' } | { kind: 'stale' };

/** A person's right to see and to have erased what is kept (GDPR articles 15 and 17). */
export interface PersonStore {
  /** Undefined for an unknown lead. */
  collect(leadId: string): Promise<PersonalData | undefined>;
  /**
   * Erases every row that holds something of the person, in one transaction with the event LeadErased. A
   * tombstone without any of it stays, so that an erasure can be shown and repeated after a restore of a backup.
   * `stale`: the lead is another than the caller has read (RFC 9110, 13.1.1), and stays.
   */
  erase(command: EraseCommand): Promise<ErasureResult>;
}
