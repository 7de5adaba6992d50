import { recordBooking } from '@meander/bookings';
import { isId, type PhoneRegion, parseAttribution, parseBooking } from '@meander/lead';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import type { Lead } from '../domain/lead.ts';
import type { QuarantinedSubmission } from '../domain/quarantined.ts';
import type { Quarantine, ReleaseResult } from '../handlers/release-submission.ts';
import { actAs } from './act-as.ts';
import { leadColumns } from './lead-columns.ts';

const table = 'intake.quarantine';
const shown = [
  ...['id', 'received_at', 'reason', 'fields', 'attribution', 'ip_address'],
  ...['released_at', 'released_by', 'lead_id'],
];

type Held = QuarantinedSubmission & { masked_ref: string };
type ReleaseCommand = Parameters<Quarantine['release']>[0];

/** Takes the row back when it throws: the transaction is rolled back, and the submission is still held. */
class InvalidSubmission extends Error {
  readonly result: ReleaseResult;

  constructor(result: ReleaseResult) {
    super('the submission breaks a rule');
    this.result = result;
  }
}

async function releaseOnce(
  trx: Transaction,
  { id, actor, locale }: ReleaseCommand,
  phoneRegion: PhoneRegion,
): Promise<ReleaseResult> {
  // The mark decides who releases: a second one waits here for the first, and then finds nothing to mark.
  const [held]: Held[] = await trx(table)
    .where({ id, released_at: null })
    .update({ released_at: trx.raw('clock_timestamp()'), released_by: actor.id })
    .returning([...shown, 'masked_ref']);
  if (!held) {
    const known = await trx(table).where({ id }).first('id');
    return { kind: known ? 'released-before' : 'unknown' };
  }
  const parsed = parseBooking(held.fields, { locale, phoneRegion });
  if (!parsed.ok) throw new InvalidSubmission({ kind: 'invalid', errors: parsed.errors });

  const { attribution: _, ...contact } = parsed.value;
  await actAs(trx, actor);
  const { lead } = await recordBooking(trx, {
    contact,
    fields: held.fields,
    attribution: parseAttribution(held.attribution),
    ipAddress: held.ip_address,
    service: 'pipeline',
    asNew: { maskedRef: held.masked_ref, receivedAt: held.received_at },
  });
  await trx(table).where({ id }).update({ lead_id: lead.id });
  const row: Lead = await trx('leads').where({ id: lead.id }).first(leadColumns);
  return { kind: 'released', lead: row };
}

/** @param committed called after each commit: the event may be relayed now */
export function createQuarantine(
  db: Database,
  { phoneRegion, committed }: { phoneRegion: PhoneRegion; committed: () => void },
): Quarantine {
  return {
    async page({ state, after, limit }) {
      const query = db(table)
        .select(...shown, db.raw("to_jsonb(received_at) #>> '{}' AS position"))
        .orderBy([
          { column: 'received_at', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        .limit(limit);
      if (state === 'held') query.whereNull('released_at');
      if (state === 'released') query.whereNotNull('released_at');
      if (after) query.whereRaw('(received_at, id) < (?::timestamptz, ?::uuid)', [after.value, after.id]);
      const rows: (QuarantinedSubmission & { position: string })[] = await query;
      return rows.map(({ position, ...submission }) => ({
        submission,
        position: { value: position, id: submission.id },
      }));
    },
    async release(command) {
      if (!isId(command.id)) return { kind: 'unknown' };
      try {
        const result = await inTransaction(db, (trx) => releaseOnce(trx, command, phoneRegion));
        if (result.kind === 'released') committed();
        return result;
      } catch (error) {
        if (error instanceof InvalidSubmission) return error.result;
        throw error;
      }
    },
  };
}
