import { limits, locales, lostReasons, organizationSizes, ruleNames, sources, statuses } from '@meander/lead';

/** JSON Schemas (2020-12) of what goes in and out, from the same lists and limits that the rules judge by. */

type Schema = Record<string, unknown>;

const text = (most: number): Schema => ({ type: 'string', minLength: 1, maxLength: most });
const choice = (values: readonly string[]): Schema => ({ type: 'string', enum: [...values] });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const time: Schema = { type: 'string', format: 'date-time' };
const id: Schema = { type: 'string', format: 'uuid' };
const count: Schema = { type: 'integer', minimum: 0 };
const number: Schema = { type: 'number', minimum: 0 };
const list = (items: Schema): Schema => ({ type: 'array', items });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** An object whose properties are all there unless named as optional; nothing else is. */
const object = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
/** An input of which every property may be left out but the needed ones. */
const input = (properties: Record<string, Schema>, needed: readonly string[] = []): Schema =>
  object(
    properties,
    Object.keys(properties).filter((name) => !needed.includes(name)),
  );

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
const email: Schema = { type: 'string', format: 'email', maxLength: limits.email };
const page = (items: Schema) => object({ items: list(items), next_cursor: orNull({ type: 'string' }) });
const who = object({ id: { type: 'string' }, name: orNull({ type: 'string' }) });
const counts = Object.fromEntries(statuses.map((status) => [status, count]));
const stages = Object.fromEntries(
  statuses
    .filter((status) => !['converted', 'lost'].includes(status))
    .map((status) => [status, orNull(number)]),
);

export const schemas: Record<string, Schema> = {
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
  NewLead: input(
    { ...required, email, ...optional, source: choice(sources), locale: orNull(choice(locales)) },
    [...Object.keys(required), 'email', 'source'],
  ),
  Correction: input({ ...required, ...optional }),
  Transition: input(
    {
      to: choice(statuses),
      reason: orNull({ type: 'string', maxLength: limits.reason }),
      reason_code: orNull(choice(lostReasons)),
      value_nok: orNull(number),
      ...demoTime,
    },
    ['to'],
  ),
  DemoTime: input(demoTime, ['demo_at']),
  Demo: object({ ...demoTime, sequence: { type: 'integer', minimum: 0 } }),
  TransitionOptions: object({ status: choice(statuses), allowed: list(choice(statuses)) }),
  Restore: input({ version: { type: 'integer', minimum: 2 }, fields: list({ type: 'string' }) }, ['version']),
  Timeline: object({
    items: list({
      type: 'object',
      description: 'What else an entry holds depends on its kind.',
      properties: {
        kind: choice(['submission', 'edit', 'transition', 'mail']),
        at: time,
        who,
        version: orNull({ type: 'integer' }),
      },
      required: ['kind', 'at', 'who', 'version'],
    }),
  }),
  PipelineReport: object({
    period: object({ created_after: orNull(time), created_before: orNull(time) }),
    total: count,
    counts: object(counts),
    conversion: object({ of_all: orNull(number), of_decided: orNull(number), value_nok: number }),
    lost_reasons: { type: 'object', additionalProperties: count },
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
      ...['submissions', 'changes', 'transitions', 'demos', 'deliveries', 'quarantine'].map((name) => [
        name,
        list({ type: 'object' }),
      ]),
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
  Problem: {
    type: 'object',
    description: 'RFC 9457; what else it holds depends on its type.',
    properties: {
      type: { type: 'string', pattern: '^urn:meander:problem:' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      parameter: { type: 'string' },
      errors: list(
        object({ field: { type: 'string' }, rule: choice(ruleNames), message: { type: 'string' } }),
      ),
      from: choice(statuses),
      to: choice(statuses),
      allowed: list(choice(statuses)),
      trace_id: { type: 'string' },
    },
    required: ['type', 'title', 'status'],
  },
};
