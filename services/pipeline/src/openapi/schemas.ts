import {
  correctionSchema,
  demoSchema,
  type JsonSchema,
  limits,
  locales,
  organizationSizes,
  salesLeadSchema,
  sources,
  statuses,
  toJsonSchema,
} from '@meander/lead';
import { choice, count, id, list, object, orNull, ref, time } from '@meander/openapi';
import { restoreSchema } from '../domain/restore-request.ts';
import { transitionSchema } from '../domain/transition-request.ts';

/** What goes in, made from the joi schemas that judge it, and what comes out. */

const text = (most: number): JsonSchema => ({ type: 'string', minLength: 1, maxLength: most });
const number: JsonSchema = { type: 'number', minimum: 0 };

const required = {
  first_name: text(limits.name),
  last_name: text(limits.name),
  organization_name: text(limits.organizationName),
  role_title: text(limits.roleTitle),
};
const demoTime = {
  demo_at: time,
  demo_minutes: { type: 'integer', minimum: limits.demoMinutes.least, maximum: limits.demoMinutes.most },
  demo_location: orNull(text(limits.demoLocation)),
};
const optional = {
  phone: orNull(text(limits.phone)),
  organization_size: orNull(choice(organizationSizes)),
  current_solution: orNull(text(limits.currentSolution)),
  preferred_demo_timing: orNull(text(limits.preferredDemoTiming)),
  notes: orNull(text(limits.notes)),
};
const email: JsonSchema = { type: 'string', format: 'email', maxLength: limits.email };
const page = (items: JsonSchema) => object({ items: list(items), next_cursor: orNull({ type: 'string' }) });
const who = object({ id: { type: 'string' }, name: orNull({ type: 'string' }) });
const counts = Object.fromEntries(statuses.map((status) => [status, count]));
const open = statuses.filter((status) => !['converted', 'lost'].includes(status));
const stages = Object.fromEntries(open.map((status) => [status, orNull(number)]));
const lostFrom = Object.fromEntries(open.map((status) => [status, count]));

export const schemas: Readonly<Record<string, JsonSchema>> = {
  Lead: object({
    id,
    ...required,
    email,
    ...optional,
    status: choice(statuses),
    source: choice(sources),
    masked_ref: { type: 'string', pattern: '^[1-9A-HJ-NP-Za-km-z]{22}$' },
    ip_address: orNull({ type: 'string' }),
    confirmation_sent_at: orNull(time),
    created_at: time,
    updated_at: time,
    booking_count: { type: 'integer', minimum: 1 },
    last_booked_at: time,
    locale: orNull(choice(locales)),
    version: { type: 'integer', minimum: 1 },
    waiting_seconds: orNull(count),
  }),
  LeadPage: page(ref('Lead')),
  NewLead: toJsonSchema(salesLeadSchema),
  Correction: toJsonSchema(correctionSchema),
  Transition: toJsonSchema(transitionSchema),
  DemoTime: toJsonSchema(demoSchema),
  Demo: object({ ...demoTime, sequence: { type: 'integer', minimum: 0 } }),
  TransitionOptions: object({ status: choice(statuses), allowed: list(choice(statuses)) }),
  Restore: toJsonSchema(restoreSchema),
  Timeline: object({
    items: list({
      type: 'object',
      description: 'What else an entry holds depends on its kind.',
      properties: {
        kind: choice(['submission', 'edit', 'transition', 'mail', 'retry', 'demo']),
        at: time,
        who,
        version: orNull({ type: 'integer' }),
      },
      required: ['kind', 'at', 'who', 'version'],
    }),
  }),
  RetryRequest: object({ id, requested_at: time }),
  PipelineReport: object({
    period: object({ created_after: orNull(time), created_before: orNull(time) }),
    total: count,
    counts: object(counts),
    conversion: object({ of_all: orNull(number), of_decided: orNull(number), value_nok: number }),
    lost_reasons: { type: 'object', additionalProperties: count },
    lost_from: object(lostFrom),
    median_seconds_in_stage: object(stages),
    first_response: object({
      median_seconds: orNull(number),
      waiting: count,
      longest_wait_seconds: orNull(number),
    }),
  }),
  PersonalData: object(
    Object.fromEntries([
      ['lead', { type: 'object' }],
      ...[
        'submissions',
        'changes',
        'transitions',
        'demos',
        'resends',
        'deliveries',
        'delivery_retries',
        'quarantine',
      ].map((name) => [name, list({ type: 'object' })]),
    ]),
  ),
  QuarantinedSubmission: object({
    id,
    received_at: time,
    reason: { type: 'string' },
    fields: { type: 'object' },
    attribution: orNull({ type: 'object' }),
    ip_address: orNull({ type: 'string' }),
    released_at: orNull(time),
    released_by: orNull({ type: 'string' }),
    lead_id: orNull(id),
  }),
  QuarantinePage: page(ref('QuarantinedSubmission')),
};
