import type { Actor } from '@meander/auth';
import type { ContactCorrection, Locale } from '@meander/lead';
import type { Lead } from '../domain/lead.ts';

/** Fields with their new values; `locale` comes back with a restore only. */
export type Correction = ContactCorrection & { locale?: Locale | null };

export interface CorrectCommand {
  id: string;
  /** The If-Match of the request, or undefined where the caller does not mind. */
  ifMatch: string | undefined;
  actor: Actor;
}

export type CorrectionResult = { kind: 'corrected'; lead: Lead } | { kind: 'unknown' } | { kind: 'stale' };
export type RestoreResult = CorrectionResult | { kind: 'no-such-change' };

/** Corrections by sales. One call is one transaction: the lead, its history and the event. */
export interface LeadEditor {
  /** A correction that changes nothing raises no version and tells nobody. */
  correct(command: CorrectCommand & { correction: Correction }): Promise<CorrectionResult>;
  /**
   * Puts back what the change that made `version` has overwritten: the named fields, or all of it.
   * `no-such-change`: that version changed no contact field, or not these.
   */
  restore(
    command: CorrectCommand & { version: number; fields: readonly string[] | undefined },
  ): Promise<RestoreResult>;
}
