/**
 * Who may do what, table by table: the whole of it. The migrations grant it; `privileges.int.test.ts` compares
 * this list with the catalog in both directions, and tries every statement that it leaves out. A new table, or
 * a grant too many, fails until it is decided on here.
 */

/** `all` is the whole table, columns of a later migration included; else the columns, with a space between. */
type Columns = string;

/** What is left out is denied; nobody may truncate, reference or put a trigger on anything. */
export interface TablePrivileges {
  select?: Columns;
  insert?: Columns;
  update?: Columns;
  /** A row is deleted whole. */
  delete?: 'all';
}

/** The owner roles without their `meander_`. */
export type Owner = 'messaging' | 'intake' | 'notification' | 'pipeline';

export const privileges: Readonly<Record<string, Partial<Record<Owner, TablePrivileges>>>> = {
  'intake.canary': {
    intake: { select: 'all', update: 'started_at succeeded_at' },
  },
  'intake.idempotency_keys': {
    intake: { select: 'all', insert: 'all', update: 'answer', delete: 'all' },
    pipeline: { select: 'all', delete: 'all' },
  },
  'intake.quarantine': {
    intake: { select: 'all', insert: 'all', update: 'ip_address' },
    pipeline: { select: 'all', update: 'released_at released_by lead_id', delete: 'all' },
  },
  'intake.resends': {
    intake: { select: 'all', insert: 'all' },
    pipeline: { select: 'all' },
  },
  'intake.submissions': {
    intake: { select: 'all', insert: 'all', update: 'ip_address' },
    pipeline: { select: 'all', insert: 'all', delete: 'all' },
  },
  'messaging.attempts': {
    messaging: { select: 'all', delete: 'all' },
    intake: { select: 'all', delete: 'all' },
    notification: { select: 'all', insert: 'all', update: 'all', delete: 'all' },
    pipeline: { select: 'all', delete: 'all' },
  },
  'messaging.discarded_letters': {
    messaging: {
      select: 'all',
      insert: 'letter_id queue dead_reason size_bytes sha256 why discarded_by',
    },
    intake: {
      select: 'all',
      insert: 'letter_id queue dead_reason size_bytes sha256 why discarded_by',
    },
    notification: {
      select: 'all',
      insert: 'letter_id queue dead_reason size_bytes sha256 why discarded_by',
    },
    pipeline: {
      select: 'all',
      insert: 'letter_id queue dead_reason size_bytes sha256 why discarded_by',
    },
  },
  'messaging.inbox': {
    messaging: { select: 'all', insert: 'all', delete: 'all' },
    intake: { select: 'all', insert: 'all', delete: 'all' },
    notification: { select: 'all', insert: 'all', delete: 'all' },
    pipeline: { select: 'all', insert: 'all', delete: 'all' },
  },
  'messaging.outbox': {
    messaging: { select: 'all', insert: 'all', update: 'published_at', delete: 'all' },
    intake: { select: 'all', insert: 'all', update: 'published_at', delete: 'all' },
    notification: { select: 'all', insert: 'all', update: 'published_at', delete: 'all' },
    pipeline: { select: 'all', insert: 'all', update: 'published_at', delete: 'all' },
  },
  'notification.deliveries': {
    intake: { select: 'lead_id template state created_at sent_at' },
    notification: { select: 'all', insert: 'all', update: 'all' },
    pipeline: { select: 'all', delete: 'all' },
  },
  'notification.delivery_retries': {
    notification: { select: 'all', insert: 'all' },
    pipeline: { select: 'all', insert: 'all' },
  },
  'pipeline.api_keys': {
    notification: { select: 'all', update: 'last_used_at' },
    pipeline: { select: 'all', insert: 'all', update: 'revoked_at last_used_at' },
  },
  'pipeline.demos': {
    notification: { select: 'lead_id demo_at minutes location sequence cancelled_at' },
    pipeline: { select: 'all', insert: 'all', update: 'all', delete: 'all' },
  },
  'pipeline.erased_leads': {
    pipeline: { select: 'all', insert: 'all' },
  },
  'pipeline.lead_count_changes': {
    pipeline: { select: 'all', delete: 'all' },
  },
  'pipeline.lead_counts_by_filter': {
    pipeline: { select: 'all', insert: 'all', update: 'count' },
  },
  'pipeline.lead_counts_by_source': {
    pipeline: { select: 'all', insert: 'all', update: 'count' },
  },
  'pipeline.lead_counts_by_status': {
    pipeline: { select: 'all', insert: 'all', update: 'count' },
  },
  'pipeline.secrets': {
    pipeline: { select: 'all' },
  },
  'pipeline.sessions': {
    pipeline: { select: 'all', insert: 'all', update: 'locale', delete: 'all' },
  },
  'pipeline.transitions': {
    pipeline: { select: 'all', insert: 'all', delete: 'all' },
  },
  'pipeline.users': {
    notification: { select: 'all', insert: 'all', update: 'name' },
    pipeline: { select: 'all', insert: 'all', update: 'name' },
  },
  'public.lead_changes': {
    pipeline: { select: 'all', delete: 'all' },
  },
  'public.leads': {
    intake: {
      select: 'all',
      insert:
        'id first_name last_name email phone organization_name role_title organization_size current_solution preferred_demo_timing notes masked_ref ip_address locale',
      update:
        'first_name last_name phone organization_name role_title organization_size current_solution preferred_demo_timing notes ip_address booking_count last_booked_at locale',
    },
    notification: {
      select:
        'id first_name last_name email phone organization_name role_title organization_size current_solution preferred_demo_timing notes status masked_ref confirmation_sent_at created_at booking_count last_booked_at locale',
      update: 'confirmation_sent_at',
    },
    pipeline: {
      select: 'all',
      insert: 'all',
      update:
        'first_name last_name phone organization_name role_title organization_size current_solution preferred_demo_timing notes status source ip_address booking_count last_booked_at locale',
      delete: 'all',
    },
  },
  'public.schema_migrations': {
    messaging: { select: 'all' },
    intake: { select: 'all' },
    notification: { select: 'all' },
    pipeline: { select: 'all' },
  },
  'public.schema_migrations_lock': {},
  'public.synthetic_leads': {
    messaging: { select: 'all' },
    intake: { select: 'all' },
    notification: { select: 'all' },
    pipeline: { select: 'all' },
  },
};
