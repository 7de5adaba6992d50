import { createEvent, createId } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction, type Transaction } from '@meander/runtime';
import type { ClaimedDelivery } from '../domain/delivery.ts';
import { maskAnswer } from '../domain/mask-answer.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Verdict } from '../domain/retry-policy.ts';
import type { DeliveryQueue } from '../handlers/send-delivery.ts';

/** How long a claim holds without being renewed. A sender that is killed loses its mails to another after it. */
const lease = '8 seconds';

/** The database's clock is the one that all senders share; a test moves it by an offset in milliseconds. */
const now = "(clock_timestamp() + :offset * interval '1 millisecond')";
const milliseconds = (since: string) => `extract(epoch FROM ${now} - ${since})::float8 * 1000`;

const claim = `
  WITH due AS (
    SELECT id FROM notification.deliveries
    WHERE state IN ('pending', 'sending', 'retrying')
      AND next_attempt_at <= ${now}
      AND (state <> 'sending' OR lease_until < ${now})
      AND id <> ALL(:inHand::uuid[])
    ORDER BY next_attempt_at
    LIMIT :most
    FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE notification.deliveries AS delivery
    SET state = 'sending', claim_id = :claimId, updated_at = ${now}, lease_until = ${now} + interval '${lease}'
    FROM due WHERE delivery.id = due.id
    RETURNING delivery.*
  )
  SELECT claimed.id, claimed.lead_id, claim_id, template, message_id, attempts, unknown_outcomes,
    traceparent, tracestate, demo_sequence,
    ${milliseconds('first_attempt_at')} AS first_attempt_age_ms,
    ${milliseconds('claimed.created_at')} AS age_ms,
    email, first_name, last_name, organization_name, role_title, phone, organization_size, current_solution,
    preferred_demo_timing, notes, locale, masked_ref, status, booking_count, last_booked_at, confirmation_sent_at,
    demo_at, minutes, location, sequence, cancelled_at,
    EXISTS (
      SELECT FROM notification.deliveries AS invitation
      WHERE invitation.lead_id = claimed.lead_id AND invitation.template = 'demo_invitation'
        AND (invitation.state IN ('sending', 'sent') OR invitation.last_outcome = 'unknown')) AS invited,
    EXISTS (SELECT FROM synthetic_leads WHERE synthetic_leads.lead_id = claimed.lead_id) AS synthetic
  FROM claimed
  JOIN leads ON leads.id = claimed.lead_id
  LEFT JOIN pipeline.demos ON demos.lead_id = claimed.lead_id`;

const renew = `
  UPDATE notification.deliveries SET lease_until = ${now} + interval '${lease}'
  WHERE id = ANY(:ids) AND claim_id = ANY(:claimIds) AND state = 'sending'`;

const settle = `
  UPDATE notification.deliveries
  SET state = :state, lease_until = NULL, claim_id = NULL, updated_at = ${now},
      next_attempt_at = ${now} + :waitMs * interval '1 millisecond',
      attempts = attempts + :counted,
      first_attempt_at = CASE WHEN :counted = 1 THEN coalesce(first_attempt_at, ${now}) ELSE first_attempt_at END,
      unknown_outcomes = unknown_outcomes + :unknown,
      last_outcome = :outcome, last_response_code = :code, last_response = :response,
      sent_at = CASE WHEN :state = 'sent' THEN ${now} END
  WHERE id = :id AND (claim_id = :claimId OR (:state = 'sent' AND state <> 'sent'))
  RETURNING updated_at`;

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

/** Stamps the lead and tells it, for a confirmation that was sent or has failed. */
async function tell(
  trx: Transaction,
  { id, lead_id, template }: ClaimedDelivery,
  state: Verdict['state'],
  { settledAt, code }: { settledAt: Date; code: number | null },
): Promise<void> {
  if (template !== 'confirmation') return;
  const fact = { id: createId(), time: settledAt, source: 'notification', leadId: lead_id };
  const at = settledAt.toISOString();
  if (state === 'sent') {
    await trx('leads').where({ id: lead_id }).update({ confirmation_sent_at: settledAt });
    const data = { delivery_id: id, template, sent_at: at };
    await append(trx, createEvent('ConfirmationSent', { ...fact, data }));
  }
  if (state === 'failed') {
    const data = { delivery_id: id, template, failed_at: at, response_code: code };
    await append(trx, createEvent('ConfirmationFailed', { ...fact, data }));
  }
}

/** @param clockOffset milliseconds by which a test is ahead of the database's clock */
export function createDeliveryQueue(
  db: Database,
  { clockOffset = () => 0 }: { clockOffset?: () => number } = {},
): DeliveryQueue {
  const settleOnce = async (delivery: ClaimedDelivery, outcome: Outcome, verdict: Verdict) =>
    inTransaction(db, async (trx) => {
      const { rows } = await trx.raw<{ rows: { updated_at: Date }[] }>(settle, {
        offset: clockOffset(),
        id: delivery.id,
        claimId: delivery.claim_id,
        state: verdict.state,
        waitMs: verdict.waitMs ?? 0,
        counted: verdict.counts ? 1 : 0,
        unknown: outcome.kind === 'unknown' ? 1 : 0,
        outcome: outcome.kind,
        code: outcome.code,
        response: outcome.response === null ? null : maskAnswer(outcome.response, delivery.email),
      });
      const settledAt = rows[0]?.updated_at;
      if (settledAt) await tell(trx, delivery, verdict.state, { settledAt, code: outcome.code });
    });

  return {
    async claim(most, inHand) {
      const { rows } = await db.raw<{ rows: ClaimedRow[] }>(claim, {
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
    settle: settleOnce,
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
