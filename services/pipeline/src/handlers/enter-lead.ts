import type { Actor } from '@meander/auth';
import type { SalesLead } from '@meander/lead';
import type { Lead } from '../domain/lead.ts';

export interface EnterCommand {
  lead: SalesLead;
  /** What was typed, before it was normalised: kept as the submission. */
  fields: Readonly<Record<string, string>>;
  actor: Actor;
}

/** Leads that sales enters itself. One call is one transaction: lead, submission and event. */
export interface LeadEntry {
  /** A known address updates its lead, which keeps its source and status (unique_email_per_lead). */
  enter(command: EnterCommand): Promise<{ lead: Lead; isNew: boolean }>;
}
