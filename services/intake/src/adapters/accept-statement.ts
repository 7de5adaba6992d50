import { bookingParts, readInput } from '@meander/bookings';
import type { EventType } from '@meander/lead';
import { anyOf, type PreparedStatement } from '@meander/runtime';

/** What the statement tells of a row of its input. */
export type AcceptedRow = { ord: number } & (
  | { outcome: 'accepted'; masked_ref: string; received_at: Date; lead_id: string; type: EventType }
  /** The key was used before: what was answered then, and to which request. */
  | { outcome: 'known'; masked_ref: string; received_at: Date; request_hash: Buffer }
  /** Somebody else holds this lead just now. */
  | { outcome: 'busy' }
);

/**
 * Takes any number of bookings in, with one statement, which is one transaction: lead, submission, event and the
 * answer for the Idempotency-Key of each, or nothing at all. Parameters: the rows as JSON; whether to wait for a
 * lead that somebody else holds. Without waiting such a row is `busy` and left as it is, so that its neighbours
 * in the batch do not wait with it.
 *
 * A key that two copies claim at the same instant violates `idempotency_keys_pkey` in one of them; tried again,
 * that one finds it known.
 */
export const acceptStatement: PreparedStatement = {
  name: 'accept-bookings',
  text: `
  WITH input AS MATERIALIZED (${readInput({ key: 'text', request_hash: 'text' })}),
  known AS MATERIALIZED (
    SELECT input.ord, keys.request_hash, keys.answer
    FROM input JOIN intake.idempotency_keys AS keys ON keys.key = input.key
    WHERE keys.key = ${anyOf('SELECT key FROM input')}
  ),
  taken AS MATERIALIZED (SELECT email FROM leads WHERE email = ${anyOf('SELECT email FROM input')}),
  free AS MATERIALIZED (
    SELECT email FROM leads WHERE email = ${anyOf('SELECT email FROM taken')} FOR NO KEY UPDATE SKIP LOCKED
  ),
  fresh AS MATERIALIZED (
    SELECT * FROM input WHERE NOT EXISTS (SELECT FROM known WHERE known.ord = input.ord)
      AND (?::boolean OR email NOT IN (SELECT email FROM taken EXCEPT SELECT email FROM free))
  ),
  ${bookingParts('intake', { source: false, receivedAt: false, crossing: true })},
  claimed AS (
    INSERT INTO intake.idempotency_keys (key, request_hash, answer)
    SELECT key, decode(request_hash, 'hex'),
      jsonb_build_object('masked_ref', reference, 'received_at', booked_at)
    FROM booked WHERE key IS NOT NULL ORDER BY key
  )
  SELECT ord, 'accepted' AS outcome, reference AS masked_ref, booked_at AS received_at, id AS lead_id, type,
    NULL::bytea AS request_hash
  FROM booked
  UNION ALL
  SELECT ord, 'known', answer ->> 'masked_ref', (answer ->> 'received_at')::timestamptz, NULL, NULL, request_hash
  FROM known
  UNION ALL
  SELECT ord, 'busy', NULL, NULL, NULL, NULL, NULL FROM input
  WHERE NOT EXISTS (SELECT FROM fresh WHERE fresh.ord = input.ord)
    AND NOT EXISTS (SELECT FROM known WHERE known.ord = input.ord)`,
};
