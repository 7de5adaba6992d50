import type { Knex } from 'knex';

/** What the database holds of a run, read once at its end. */
export interface Records {
  leads: Map<string, LeadRecord>;
  /** By the token in the notes. */
  submissions: Map<string, { id: string; lead_id: string }[]>;
  /** Events of bookings by the submission that caused them. */
  bookingEvents: Map<string, string[]>;
  /** Moves by the lead's reference. */
  moves: Map<string, { transitions: number; events: string[] }>;
  /** Confirmations by the event that asked for them. */
  deliveries: Map<string, DeliveryRecord[]>;
  unpublished: number;
}

export interface LeadRecord {
  id: string;
  email: string;
  masked_ref: string;
  booking_count: number;
  confirmation_sent_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

export interface DeliveryRecord {
  event_id: string;
  state: string;
  message_id: string;
  attempts: number;
  last_response_code: number | null;
}

function grouped<T, V>(rows: readonly T[], key: (row: T) => string, value: (row: T) => V): Map<string, V[]> {
  const groups = new Map<string, V[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(value(row));
    else groups.set(key(row), [value(row)]);
  }
  return groups;
}

// One walk through the outbox, in which a million events of others may lie.
const moved = `
  WITH told AS MATERIALIZED (
    SELECT subject, array_agg(event_id::text) AS events FROM messaging.outbox
    WHERE type = 'LeadStatusChanged' GROUP BY subject
  )
  SELECT masked_ref,
    (SELECT count(*)::int FROM pipeline.transitions WHERE lead_id = leads.id) AS transitions,
    coalesce(events, '{}') AS events
  FROM leads LEFT JOIN told ON told.subject = leads.id WHERE status <> 'new'`;

/** Reads everything, as the database's owner. */
export async function readRecords(db: Knex): Promise<Records> {
  const leads: LeadRecord[] = await db('leads').select(
    'id',
    'email',
    'masked_ref',
    'booking_count',
    'confirmation_sent_at',
    'created_at',
    'updated_at',
  );
  const submissions: { id: string; lead_id: string; token: string | null }[] = await db(
    'intake.submissions',
  ).select('id', 'lead_id', db.raw(`fields->>'notes' AS token`));
  const events: { event_id: string; submission: string }[] = await db('messaging.outbox')
    .whereIn('type', ['LeadCreated', 'LeadRebooked'])
    .select('event_id', db.raw(`event->'data'->>'submission_id' AS submission`));
  const deliveries: DeliveryRecord[] = await db('notification.deliveries')
    .where({ template: 'confirmation' })
    .select('event_id', 'state', 'message_id', 'attempts', 'last_response_code');
  const { rows: moves } = await db.raw(moved);
  const [unpublished] = await db('messaging.outbox').whereNull('published_at').count({ rows: '*' });
  return {
    leads: new Map(leads.map((lead) => [lead.email, lead])),
    submissions: grouped(
      submissions,
      ({ token }) => token ?? '',
      ({ id, lead_id }) => ({ id, lead_id }),
    ),
    bookingEvents: grouped(
      events,
      ({ submission }) => submission,
      ({ event_id }) => event_id,
    ),
    moves: new Map(
      (moves as { masked_ref: string; transitions: number; events: string[] }[]).map((row) => [
        row.masked_ref,
        row,
      ]),
    ),
    deliveries: grouped(
      deliveries,
      ({ event_id }) => event_id,
      (row) => row,
    ),
    unpublished: Number(unpublished?.rows ?? 0),
  };
}
