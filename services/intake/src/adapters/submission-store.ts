import { type Booking, createEvent, createId, createMaskedRef, type Status } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import type { Submission } from '../domain/submission.ts';
import type { Acceptance, SubmissionStore } from '../handlers/submit-lead.ts';
import { claimKey, keepAnswer } from './idempotency.ts';

interface UpsertedLead {
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
] as const;

/**
 * One statement decides new or known (unique_email_per_lead). A known lead keeps its id, masked_ref,
 * created_at, status and source; optional fields that were left out keep their value.
 */
async function upsertLead(
  trx: Transaction,
  { email, ...booking }: Omit<Booking, 'attribution'>,
  ipAddress: string | null,
): Promise<UpsertedLead> {
  const [lead] = await trx('leads')
    .insert({ id: createId(), masked_ref: createMaskedRef(), email, ...booking, ip_address: ipAddress })
    .onConflict('email')
    .merge({
      ...Object.fromEntries(alwaysReplaced.map((field) => [field, trx.raw('excluded.??', [field])])),
      ...Object.fromEntries(
        replacedIfGiven.map((field) => [field, trx.raw('coalesce(excluded.??, leads.??)', [field, field])]),
      ),
      ip_address: trx.raw('excluded.ip_address'),
      booking_count: trx.raw('leads.booking_count + 1'),
      last_booked_at: trx.raw('greatest(clock_timestamp(), leads.last_booked_at)'),
    })
    .returning(['id', 'masked_ref', 'version', 'status', 'booking_count', 'last_booked_at']);
  return lead;
}

async function acceptOnce(trx: Transaction, submission: Submission): Promise<Acceptance> {
  const known = await claimKey(trx, submission.idempotency);
  if (known) return known;

  const { attribution, ...booking } = submission.booking;
  const lead = await upsertLead(trx, booking, submission.ipAddress);
  const submissionId = createId();
  await trx('intake.submissions').insert({
    id: submissionId,
    lead_id: lead.id,
    lead_version: lead.version,
    received_at: lead.last_booked_at,
    fields: JSON.stringify(submission.fields),
    attribution: attribution && JSON.stringify(attribution),
    ip_address: submission.ipAddress,
  });
  await append(
    trx,
    createEvent(lead.booking_count === 1 ? 'LeadCreated' : 'LeadRebooked', {
      id: createId(),
      time: lead.last_booked_at,
      source: 'intake',
      leadId: lead.id,
      data: {
        version: lead.version,
        status: lead.status,
        booking_count: lead.booking_count,
        submission_id: submissionId,
        booked_at: lead.last_booked_at.toISOString(),
      },
    }),
  );
  const receipt = { maskedRef: lead.masked_ref, receivedAt: lead.last_booked_at };
  await keepAnswer(trx, submission.idempotency, receipt);
  return { ok: true, receipt };
}

/** @param committed called after each commit: the event may be relayed now */
export function createSubmissionStore(
  db: Database,
  { committed }: { committed: () => void },
): SubmissionStore {
  return {
    async accept(submission) {
      const acceptance = await inTransaction(db, (trx) => acceptOnce(trx, submission));
      committed();
      return acceptance;
    },
  };
}
