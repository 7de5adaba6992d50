import type { Actor } from '@meander/auth';
import type { SalesLead } from '@meander/lead';
import type { Lead } from '../domain/lead.ts';

export interface EnterCommand {
  lead: SalesLead;
  /** The body as it came: kept as the submission. */
  fields: Readonly<Record<string, unknown>>;
  actor: Actor;
}

/** Leads that sales enters itself. One call is one transaction: lead, submission and event. */
export interface LeadEntry {
  /** A known address updates its lead, which keeps its source and status (unique_email_per_lead). */
  enter(command: EnterCommand): Promise<{ lead: Lead; isNew: boolean }>;
}
