import { createId, type EventType } from '@meander/lead';
import { withEventSpan } from '@meander/messaging';
import {
  anyOf,
  createBatchWriter,
  type Database,
  type PreparedStatement,
  retryConflicts,
  runPrepared,
} from '@meander/runtime';
import { captureTraceContext, type TraceContext } from '@meander/telemetry';
import type { ClaimedDelivery } from '../domain/delivery.ts';
import { maskAnswer } from '../domain/mask-answer.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Verdict } from '../domain/retry-policy.ts';
import type { DeliveryQueue } from '../handlers/send-delivery.ts';
import { type SettledRow, settleStatement } from './settle-statement.ts';

/** How long a claim holds without being renewed. A sender that is killed loses its mails to another after it. */
const lease = '8 seconds';

/**
 * What has been sent while a batch is on its way into the database is settled with the next one: several mails
 * cost one transaction when there are many, and one alone waits for nobody. Nobody waits for the answer either, so
 * one batch at a time, and not at once after the last, which makes each the larger: half of a small batch's cost is that
 * of any statement that updates leads. Milliseconds.
 */
const mostInFlight = 1;
const settlementsApart = 25;

/** The database's clock is the one that all senders share; a test moves it by an offset in milliseconds. */
const now = "(clock_timestamp() + :offset * interval '1 millisecond')";
const milliseconds = (since: string) => `extract(epoch FROM ${now} - ${since})::float8 * 1000`;

const isUndecided = `state IN ('pending', 'sending', 'retrying') AND next_attempt_at <= ${now}`;

/**
 * Mails about one demo go one after the other: whether a cancellation is sent hangs on what becomes of the invitation
 * that is in somebody's hands, or may be taken at this moment by a claim that does not see it called off. One that is
 * tried again later is not waited for: it will be suppressed then.
 */
const earlierIsUndecided = `
  SELECT FROM notification.deliveries AS earlier
  WHERE earlier.lead_id = delivery.lead_id AND earlier.demo_sequence < delivery.demo_sequence AND ${isUndecided}`;

const claim: PreparedStatement = {
  name: 'claim-deliveries',
  text: `
  WITH due AS (
    SELECT id FROM notification.deliveries AS delivery
    WHERE ${isUndecided}
      AND (state <> 'sending' OR lease_until < ${now})
      AND id <> ALL(:inHand::uuid[])
      AND (demo_sequence IS NULL OR NOT EXISTS (${earlierIsUndecided}))
    ORDER BY next_attempt_at
    LIMIT :most
    FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE notification.deliveries AS delivery
    SET state = 'sending', claim_id = :claimId, updated_at = ${now}, lease_until = ${now} + interval '${lease}',
      -- What became of the mail in the hands of a sender that died, nobody knows.
      last_outcome = CASE WHEN state = 'sending' THEN 'unknown' ELSE last_outcome END
    WHERE id = ${anyOf('SELECT id FROM due')}
    RETURNING delivery.*
  )
  SELECT claimed.id, claimed.lead_id, claim_id, template, message_id, attempts, unknown_outcomes,
    traceparent, tracestate, demo_sequence,
    ${milliseconds('first_attempt_at')} AS first_attempt_age_ms,
    ${milliseconds('claimed.created_at')} AS age_ms,
    email, first_name, last_name, organization_name, role_title, phone, organization_size, current_solution,
    preferred_demo_timing, notes, locale, masked_ref, status, booking_count, last_booked_at, confirmation_sent_at,
    demo_at, minutes, location, sequence, cancelled_at,
    claimed.template = 'demo_cancellation' AND EXISTS (
      SELECT FROM notification.deliveries AS invitation
      WHERE invitation.lead_id = claimed.lead_id AND invitation.template = 'demo_invitation'
        AND (invitation.state = 'sent' OR invitation.last_outcome = 'unknown' OR invitation.unknown_outcomes > 0)
    ) AS invited,
    EXISTS (SELECT FROM synthetic_leads WHERE synthetic_leads.lead_id = claimed.lead_id) AS synthetic
  FROM claimed
  JOIN leads ON leads.id = claimed.lead_id AND leads.id = ${anyOf('SELECT lead_id FROM claimed')}
  LEFT JOIN pipeline.demos
    ON demos.lead_id = claimed.lead_id AND demos.lead_id = ${anyOf('SELECT lead_id FROM claimed')}`,
};

const renew = `
  UPDATE notification.deliveries SET lease_until = ${now} + interval '${lease}'
  WHERE id = ANY(:ids) AND claim_id = ANY(:claimIds) AND state = 'sending'`;

type ClaimedRow = Omit<ClaimedDelivery, 'demo'> & {
  demo_at: Date | null;
  minutes: number;
  location: string | null;
  sequence: number;
  cancelled_at: Date | null;
};

function toClaimed({
  demo_at,
  minutes,
  location,
  sequence,
  cancelled_at,
  ...row
}: ClaimedRow): ClaimedDelivery {
  return {
    ...row,
    demo: demo_at && { at: demo_at, minutes, location, sequence, cancelled: cancelled_at !== null },
  };
}

/** What became of an attempt, on its way into the database. */
interface Settlement {
  delivery: ClaimedDelivery;
  outcome: Outcome;
  verdict: Verdict;
  eventId: string;
  trace: TraceContext | undefined;
}

function toRow(
  { delivery, outcome, verdict, eventId, trace }: Settlement,
  ord: number,
  aheadMs: number,
): object {
  const { id, lead_id, claim_id, template, email } = delivery;
  return {
    ...{ ord, id, lead_id, claim_id, template, ahead_ms: aheadMs },
    state: verdict.state,
    wait_ms: verdict.waitMs ?? 0,
    counted: verdict.counts ? 1 : 0,
    unknown: outcome.kind === 'unknown' ? 1 : 0,
    outcome: outcome.kind,
    code: outcome.code,
    response: outcome.response === null ? null : maskAnswer(outcome.response, email),
    event_id: eventId,
    ...trace,
  };
}

/** The event that a settled delivery is told as: that of a confirmation, at its end. */
function eventOf(template: ClaimedDelivery['template'], state: Verdict['state']): EventType | undefined {
  if (template !== 'confirmation') return undefined;
  return state === 'sent' ? 'ConfirmationSent' : state === 'failed' ? 'ConfirmationFailed' : undefined;
}

/** @param clockOffset milliseconds by which a test is ahead of the database's clock */
export function createDeliveryQueue(
  db: Database,
  { clockOffset = () => 0 }: { clockOffset?: () => number } = {},
): DeliveryQueue {
  const execute = async (items: readonly Settlement[], wait: boolean): Promise<SettledRow[]> => {
    const input = JSON.stringify(items.map((item, ord) => toRow(item, ord, clockOffset())));
    const rows = await retryConflicts(() => runPrepared<SettledRow>(db, settleStatement, [input, wait]));
    return rows.sort((a, b) => a.ord - b.ord);
  };

  const settlements = createBatchWriter<Settlement, SettledRow>({
    operation: 'UPDATE',
    table: 'notification.deliveries',
    mostInFlight,
    apart: settlementsApart,
    keysOf: ({ delivery }) => [delivery.lead_id],
    execute,
  });

  return {
    async claim(most, inHand) {
      const rows = await runPrepared<ClaimedRow>(db, claim, {
        offset: clockOffset(),
        most,
        inHand: inHand.map(({ id }) => id),
        claimId: createId(),
      });
      return rows.map(toClaimed);
    },
    async renew(deliveries) {
      await db.raw(renew, {
        offset: clockOffset(),
        ids: deliveries.map(({ id }) => id),
        claimIds: [...new Set(deliveries.map(({ claim_id }) => claim_id))],
      });
    },
    async settle(delivery, outcome, verdict) {
      const eventId = createId();
      const settlement = { delivery, outcome, verdict, eventId };
      const type = eventOf(delivery.template, verdict.state);
      if (type === undefined) {
        await settlements.add({ ...settlement, trace: captureTraceContext() });
        return;
      }
      await withEventSpan(eventId, async (trace, made) => {
        const { outcome } = await settlements.add({ ...settlement, trace });
        if (outcome === 'settled') made({ type, leadId: delivery.lead_id });
      });
    },
    async suppress({ id, claim_id }) {
      await db('notification.deliveries').where({ id, claim_id }).update({
        state: 'suppressed',
        claim_id: null,
        lease_until: null,
        updated_at: db.fn.now(),
      });
    },
  };
}
