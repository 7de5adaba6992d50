import { appendFrom, eventJson, isoTime } from '@meander/messaging';
import { anyOf, type PreparedStatement } from '@meander/runtime';

/** What the statement tells of a row of its input. */
export interface SettledRow {
  ord: number;
  /** `stale`: another sender has claimed it meanwhile. `busy`: somebody else holds the lead just now. */
  outcome: 'settled' | 'stale' | 'busy';
}

const input = [
  ...['ord int', 'id uuid', 'lead_id uuid', 'claim_id uuid', 'template text', 'state text', 'wait_ms float8'],
  ...['counted int', 'unknown int', 'outcome text', 'code int', 'response text', 'ahead_ms float8'],
  ...['event_id uuid', 'traceparent text', 'tracestate text'],
];

const now = "(clock_timestamp() + ahead_ms * interval '1 millisecond')";

const told = (type: 'ConfirmationSent' | 'ConfirmationFailed', data: string) =>
  eventJson(type, 'notification', {
    id: 'event_id',
    subject: 'lead_id',
    time: 'settled_at',
    data: `jsonb_build_object('delivery_id', id, 'template', template, ${data})`,
  });

/**
 * Settles any number of deliveries with one statement, which is one transaction: what became of each attempt, the
 * stamp of its lead, and the event, for a confirmation that was sent or has failed. A sender that lost its claim
 * changes nothing, unless the server took the mail: that is true whoever holds it. No lead may stand twice in the
 * input. Parameters: the rows as JSON; whether to wait for a lead that somebody else holds.
 */
export const settleStatement: PreparedStatement = {
  name: 'settle-deliveries',
  text: `
  WITH input AS MATERIALIZED (SELECT * FROM json_to_recordset(?::json) AS row (${input.join(', ')})),
  taken AS MATERIALIZED (SELECT id FROM leads WHERE id = ${anyOf('SELECT lead_id FROM input')}),
  free AS MATERIALIZED (
    SELECT id FROM leads WHERE id = ${anyOf('SELECT id FROM taken')} FOR NO KEY UPDATE SKIP LOCKED
  ),
  fresh AS MATERIALIZED (
    SELECT * FROM input
    WHERE ?::boolean OR lead_id NOT IN (SELECT id FROM taken EXCEPT SELECT id FROM free)
  ),
  settled AS (
    UPDATE notification.deliveries AS delivery
    SET state = fresh.state, lease_until = NULL, claim_id = NULL, updated_at = ${now},
      next_attempt_at = ${now} + wait_ms * interval '1 millisecond',
      attempts = delivery.attempts + counted,
      first_attempt_at = CASE WHEN counted = 1 THEN coalesce(first_attempt_at, ${now}) ELSE first_attempt_at END,
      unknown_outcomes = unknown_outcomes + unknown,
      last_outcome = outcome, last_response_code = code, last_response = response,
      sent_at = CASE WHEN fresh.state = 'sent' THEN ${now} END
    FROM fresh
    WHERE delivery.id = ${anyOf('SELECT id FROM fresh')} AND delivery.id = fresh.id
      AND (delivery.claim_id = fresh.claim_id OR (fresh.state = 'sent' AND delivery.state <> 'sent'))
    RETURNING fresh.*, delivery.updated_at AS settled_at
  ),
  stamped AS (
    UPDATE leads SET confirmation_sent_at = settled_at
    FROM settled
    WHERE leads.id = ${anyOf('SELECT lead_id FROM settled')} AND leads.id = settled.lead_id
      AND template = 'confirmation' AND state = 'sent'
  ),
  events AS (
    SELECT event_id, lead_id AS subject, traceparent, tracestate,
      EXISTS (SELECT FROM synthetic_leads WHERE synthetic_leads.lead_id = settled.lead_id) AS is_synthetic,
      CASE state WHEN 'sent' THEN 'ConfirmationSent' ELSE 'ConfirmationFailed' END AS type,
      CASE state WHEN 'sent' THEN ${told('ConfirmationSent', `'sent_at', ${isoTime('settled_at')}`)}
        ELSE ${told('ConfirmationFailed', `'failed_at', ${isoTime('settled_at')}, 'response_code', code`)} END AS event
    FROM settled WHERE template = 'confirmation' AND state IN ('sent', 'failed') ORDER BY ord
  ),
  told AS (${appendFrom('events')})
  SELECT ord, 'settled' AS outcome FROM settled
  UNION ALL
  SELECT ord, CASE WHEN EXISTS (SELECT FROM fresh WHERE fresh.ord = input.ord) THEN 'stale' ELSE 'busy' END
  FROM input WHERE NOT EXISTS (SELECT FROM settled WHERE settled.ord = input.ord)`,
};
