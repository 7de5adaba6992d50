import { createEvent, createId, type Locale } from '@meander/lead';
import { append } from '@meander/messaging';
import { type Database, inTransaction } from '@meander/runtime';
import type { Outcome, Template } from '../domain/delivery.ts';
import type { Verdict } from '../domain/retry-policy.ts';

/** A delivery that this sender has claimed, with what its mail needs of the lead. */
export interface ClaimedDelivery {
  id: string;
  lead_id: string;
  template: Template;
  message_id: string;
  attempts: number;
  age_ms: number;
  traceparent: string | null;
  tracestate: string | null;
  email: string;
  first_name: string;
  last_name: string;
  organization_name: string;
  role_title: string;
  phone: string | null;
  locale: Locale | null;
  masked_ref: string;
  booking_count: number;
  last_booked_at: Date;
}

/** Longer than all of nodemailer's deadlines together: no second sender takes a mail that is still being sent. */
const lease = '120 seconds';

const claim = `
  WITH due AS (
    SELECT id FROM notification.deliveries
    WHERE state IN ('pending', 'sending', 'retrying')
      AND next_attempt_at <= clock_timestamp()
      AND (state <> 'sending' OR lease_until < clock_timestamp())
    ORDER BY next_attempt_at
    LIMIT ?
    FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE notification.deliveries AS delivery
    SET state = 'sending', attempts = attempts + 1, updated_at = clock_timestamp(),
        lease_until = clock_timestamp() + interval '${lease}'
    FROM due WHERE delivery.id = due.id
    RETURNING delivery.*
  )
  SELECT claimed.id, lead_id, template, message_id, attempts, traceparent, tracestate,
    extract(epoch FROM clock_timestamp() - claimed.created_at)::float8 * 1000 AS age_ms,
    email, first_name, last_name, organization_name, role_title, phone, locale, masked_ref,
    booking_count, last_booked_at
  FROM claimed JOIN leads ON leads.id = claimed.lead_id`;

const settle = `
  UPDATE notification.deliveries
  SET state = ?, lease_until = NULL, last_response_code = ?, updated_at = clock_timestamp(),
      next_attempt_at = clock_timestamp() + ? * interval '1 millisecond',
      attempts = attempts - ?,
      sent_at = CASE WHEN ? THEN clock_timestamp() END
  WHERE id = ? AND state = 'sending'
  RETURNING updated_at`;

/** The rows that wait to be sent: any number of senders may claim from them side by side. */
export interface DeliveryQueue {
  claim(most: number): Promise<ClaimedDelivery[]>;
  /** Writes what became of an attempt, stamps the lead, and tells it as an event, all or nothing. */
  settle(delivery: ClaimedDelivery, outcome: Outcome, verdict: Verdict): Promise<void>;
}

export function createDeliveryQueue(db: Database): DeliveryQueue {
  return {
    async claim(most) {
      const { rows } = await db.raw<{ rows: ClaimedDelivery[] }>(claim, [most]);
      return rows;
    },
    settle: (delivery, outcome, verdict) =>
      inTransaction(db, async (trx) => {
        const sent = verdict.state === 'sent';
        const { rows } = await trx.raw<{ rows: { updated_at: Date }[] }>(settle, [
          verdict.state,
          outcome.code,
          verdict.waitMs ?? 0,
          verdict.counts ? 0 : 1,
          sent,
          delivery.id,
        ]);
        const settledAt = rows[0]?.updated_at;
        if (!settledAt || delivery.template !== 'confirmation') return;
        const fact = { id: createId(), time: settledAt, source: 'notification', leadId: delivery.lead_id };
        const about = { delivery_id: delivery.id, template: delivery.template };
        if (sent) {
          await trx('leads').where({ id: delivery.lead_id }).update({ confirmation_sent_at: settledAt });
          const data = { ...about, sent_at: settledAt.toISOString() };
          await append(trx, createEvent('ConfirmationSent', { ...fact, data }));
        }
        if (verdict.state === 'failed') {
          const data = { ...about, failed_at: settledAt.toISOString(), response_code: outcome.code };
          await append(trx, createEvent('ConfirmationFailed', { ...fact, data }));
        }
      }),
  };
}
