import type { ContactFields, Locale, Source, Status } from '@meander/lead';

/** The whole lead, as sales tooling sees it: the seed's fields and ours, by the same names. */
export interface Lead extends ContactFields {
  id: string;
  status: Status;
  source: Source;
  masked_ref: string;
  ip_address: string | null;
  confirmation_sent_at: Date | null;
  created_at: Date;
  updated_at: Date;
  booking_count: number;
  last_booked_at: Date;
  locale: Locale | null;
  version: number;
}

/** The lead as the API shows it. */
export interface PresentedLead extends Lead {
  /** How long a new lead has waited for a first response, in whole seconds; null once somebody has moved it. */
  waiting_seconds: number | null;
}

export function presentLead(lead: Lead, now: Date): PresentedLead {
  const waited = Math.max(0, Math.floor((now.getTime() - lead.created_at.getTime()) / 1000));
  return { ...lead, waiting_seconds: lead.status === 'new' ? waited : null };
}

/** The version as an HTTP entity tag. */
export function entityTag(lead: Pick<Lead, 'version'>): string {
  return `"${lead.version}"`;
}

/** Whether a lead of this version satisfies an If-Match header (RFC 9110, 13.1.1); a weak tag never matches. */
export function matches(ifMatch: string, version: number): boolean {
  return ifMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim() === `"${version}"`);
}
