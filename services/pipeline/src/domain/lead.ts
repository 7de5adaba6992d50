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

/** The version as an HTTP entity tag. */
export function entityTag(lead: Pick<Lead, 'version'>): string {
  return `"${lead.version}"`;
}

/** Whether a lead of this version satisfies an If-Match header (RFC 9110, 13.1.1); a weak tag never matches. */
export function matches(ifMatch: string, version: number): boolean {
  return ifMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim() === `"${version}"`);
}
