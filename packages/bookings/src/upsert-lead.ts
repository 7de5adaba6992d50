import {
  type Booking,
  type ContactFields,
  createId,
  createMaskedRef,
  type Source,
  type Status,
} from '@meander/lead';
import type { Transaction } from '@meander/runtime';

/** The contact fields of a booking, normalised and judged by @meander/lead. */
export type LeadContact = ContactFields & Pick<Booking, 'locale'>;

/** What only a new lead takes; a known one keeps its own. Left out: the database's defaults. */
export interface NewLeadValues {
  source?: Source;
  /** The reference that the visitor already holds. */
  maskedRef?: string;
  /** When the booking came in, where that was earlier than now. */
  receivedAt?: Date;
}

/** The lead as the statement has left it. `booking_count` 1 means that it is new. */
export interface UpsertedLead {
  id: string;
  masked_ref: string;
  version: number;
  status: Status;
  booking_count: number;
  last_booked_at: Date;
}

const alwaysReplaced = ['first_name', 'last_name', 'organization_name', 'role_title'] as const;
const replacedIfGiven = [
  'phone',
  'organization_size',
  'current_solution',
  'preferred_demo_timing',
  'notes',
  'locale',
  'ip_address',
] as const;

/**
 * One statement decides new or known (unique_email_per_lead), so that two bookings of one address at the same
 * instant make one lead. A known lead keeps its id, masked_ref, created_at, status and source; optional fields
 * that were left out keep their value; booking_count and version go up.
 */
export async function upsertLead(
  trx: Transaction,
  { email, ...contact }: LeadContact,
  { ipAddress, asNew = {} }: { ipAddress: string | null; asNew?: NewLeadValues },
): Promise<UpsertedLead> {
  const { source, maskedRef, receivedAt } = asNew;
  const [lead] = await trx('leads')
    .insert({
      id: createId(),
      masked_ref: maskedRef ?? createMaskedRef(),
      email,
      ...contact,
      ip_address: ipAddress,
      ...(source && { source }),
      ...(receivedAt && { created_at: receivedAt, updated_at: receivedAt, last_booked_at: receivedAt }),
    })
    .onConflict('email')
    .merge({
      ...Object.fromEntries(alwaysReplaced.map((field) => [field, trx.raw('excluded.??', [field])])),
      ...Object.fromEntries(
        replacedIfGiven.map((field) => [field, trx.raw('coalesce(excluded.??, leads.??)', [field, field])]),
      ),
      booking_count: trx.raw('leads.booking_count + 1'),
      last_booked_at: receivedAt
        ? trx.raw('greatest(excluded.last_booked_at, leads.last_booked_at)')
        : trx.raw('greatest(clock_timestamp(), leads.last_booked_at)'),
    })
    .returning(['id', 'masked_ref', 'version', 'status', 'booking_count', 'last_booked_at']);
  return lead;
}
