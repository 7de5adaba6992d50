import { type EventType, syntheticDomain } from '@meander/lead';
import { appendFrom, eventJson, isoTime } from '@meander/messaging';

/** What a row of the statement's input holds, and as which type the database reads it. */
const inputTypes = {
  ord: 'int',
  lead_id: 'uuid',
  masked_ref: 'text',
  email: 'text',
  first_name: 'text',
  last_name: 'text',
  phone: 'text',
  organization_name: 'text',
  role_title: 'text',
  organization_size: 'text',
  current_solution: 'text',
  preferred_demo_timing: 'text',
  notes: 'text',
  locale: 'text',
  ip_address: 'inet',
  submission_id: 'uuid',
  fields: 'jsonb',
  attribution: 'jsonb',
  entered_by: 'text',
  event_id: 'uuid',
  traceparent: 'text',
  tracestate: 'text',
  source: 'text',
  received_at: 'timestamptz',
  /** Milliseconds since the request arrived, when the statement was sent. */
  waited_ms: 'float8',
} as const;

export type InputColumn = keyof typeof inputTypes;

const alwaysReplaced = ['first_name', 'last_name', 'organization_name', 'role_title'];
const replacedIfGiven = [
  ...['phone', 'organization_size', 'current_solution', 'preferred_demo_timing', 'notes', 'locale'],
  'ip_address',
];

/**
 * Reads the one parameter, a JSON array, as rows.
 *
 * @param more columns that the caller needs besides, with their types
 */
export function readInput(more: Readonly<Record<string, string>> = {}): string {
  const columns = Object.entries({ ...inputTypes, ...more }).map(([name, type]) => `${name} ${type}`);
  return `SELECT * FROM json_to_recordset(?::json) AS row (${columns.join(', ')})`;
}

/** What a statement reads of its input besides the contact; left out, the database's defaults stand. */
interface BookingColumns {
  /** For a new lead alone. */
  source: boolean;
  receivedAt: boolean;
  /** Whether requests may cross, so that one booking may come twice at one moment (`waited_ms`). */
  crossing: boolean;
}

/**
 * The part of a statement that turns the rows of `fresh` into bookings, as common table expressions: `upserted`
 * (new or known is decided here, by unique_email_per_lead: two bookings of one address at the same instant make
 * one lead), `booked` (one row a booking, what the caller wants to know), `kept` (the submission as it came) and
 * `told` (its event). No email may stand twice in `fresh`.
 *
 * A known lead keeps its id, masked_ref, created_at, status and source; optional fields that were left out keep
 * their value; booking_count and version go up. The event of a booking that came twice at one moment says so:
 * `repeated`. Rows are locked in the order of their email, so that two
 * statements at once cannot wait for each other.
 */
export function bookingParts(service: 'intake' | 'pipeline', given: BookingColumns): string {
  const times = given.receivedAt ? ['created_at', 'updated_at', 'last_booked_at'] : [];
  const contact = ['email', ...alwaysReplaced, ...replacedIfGiven];
  const columns = ['id', 'masked_ref', ...contact, ...(given.source ? ['source'] : []), ...times];
  const values = [
    ...['lead_id', 'masked_ref', ...contact],
    ...(given.source ? ['source'] : []),
    ...times.map(() => 'received_at'),
  ];
  const tell = (type: EventType) =>
    eventJson(type, service, {
      id: 'event_id',
      subject: 'id',
      time: 'booked_at',
      data: `jsonb_build_object('version', version, 'status', status, 'booking_count', booking_count,
          'submission_id', CASE WHEN entered_by IS NULL THEN submission_id END, 'booked_at', ${isoTime('booked_at')})
        || CASE WHEN entered_by IS NULL THEN '{}' ELSE jsonb_build_object('entered_by', entered_by) END
        || CASE WHEN repeated THEN '{"repeated": true}'::jsonb ELSE '{}' END`,
    });
  const repeated = given.crossing
    ? `booking_count > 1 AND intake.is_repeated(
          id, statement_timestamp() - waited_ms * interval '1 ms', fields, attribution)`
    : 'false';
  const now = given.receivedAt ? 'excluded.last_booked_at' : 'clock_timestamp()';
  return `
    upserted AS (
      INSERT INTO leads (${columns.join(', ')})
      SELECT ${values.join(', ')} FROM fresh ORDER BY email
      ON CONFLICT (email) DO UPDATE SET
        ${alwaysReplaced.map((field) => `${field} = excluded.${field}`).join(', ')},
        ${replacedIfGiven.map((field) => `${field} = coalesce(excluded.${field}, leads.${field})`).join(', ')},
        booking_count = leads.booking_count + 1,
        last_booked_at = greatest(${now}, leads.last_booked_at)
      RETURNING id, email, masked_ref, version, status, booking_count, last_booked_at
    ),
    booked AS MATERIALIZED (
      SELECT fresh.*, upserted.id, upserted.masked_ref AS reference, version, status, booking_count,
        coalesce(received_at, last_booked_at) AS booked_at,
        CASE WHEN booking_count = 1 THEN 'LeadCreated' ELSE 'LeadRebooked' END AS type,
        ${repeated} AS repeated
      FROM fresh JOIN upserted USING (email)
    ),
    kept AS (
      INSERT INTO intake.submissions
        (id, lead_id, lead_version, received_at, fields, attribution, ip_address, entered_by)
      SELECT submission_id, id, version, booked_at, fields, attribution, ip_address, entered_by FROM booked
    ),
    events AS (
      SELECT event_id, type, id AS subject, traceparent, tracestate,
        email LIKE '%@${syntheticDomain}' AS is_synthetic,
        CASE booking_count WHEN 1 THEN ${tell('LeadCreated')} ELSE ${tell('LeadRebooked')} END AS event
      FROM booked ORDER BY ord
    ),
    told AS (${appendFrom('events')})`;
}
