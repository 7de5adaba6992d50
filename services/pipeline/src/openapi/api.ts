import { scopes } from '@meander/auth';
import { organizationSizes, sources, statuses } from '@meander/lead';
import { type Api, choice, exampleContact, type Operation } from '@meander/openapi';
import { sortColumns } from '../domain/lead-query.ts';
import { quarantineStates } from '../domain/quarantine-query.ts';
import { schemas } from './schemas.ts';

/** Query parameters, by name. */
const parameters = {
  status: { schema: { type: 'array', items: choice(statuses) } },
  source: { schema: choice(sources) },
  organization_size: { schema: choice(organizationSizes) },
  q: { schema: { type: 'string', maxLength: 200 } },
  created_after: { schema: { type: 'string' }, description: 'Included: a day, or a time of RFC 3339.' },
  created_before: { schema: { type: 'string' }, description: 'Not included: a day, or a time of RFC 3339.' },
  sort: {
    schema: { ...choice(sortColumns.flatMap((name) => [name, `-${name}`])), default: '-created_at' },
  },
  limit: { schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
  cursor: { schema: { type: 'string' }, description: 'next_cursor of the page before.' },
  state: { schema: { ...choice(quarantineStates), default: 'held' } },
} satisfies Api['parameters'];

const period = ['created_after', 'created_before'] as const;
const filters = ['status', 'source', 'organization_size', 'q', ...period, 'sort'] as const;
const reads = 'leads:read';
const writes = 'leads:write';

const newLead = { ...exampleContact, source: 'event', locale: 'nb' };
const demo = { demo_at: '2027-03-27T13:00:00+01:00', demo_minutes: 30, demo_location: 'Torget 1' };
const examples = {
  NewLead: newLead,
  Correction: { notes: 'Ring etter kl. 13', phone: null },
  Restore: { version: 2, fields: ['notes'] },
  Transition: { to: 'demo_scheduled', reason: 'Avtalt på telefon', ...demo },
  DemoTime: { ...demo, demo_minutes: 45 },
};

const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/leads': {
    get: {
      ...{ summary: 'List and search', scope: reads, query: [...filters, 'limit', 'cursor'] },
      ...{ answers: { 200: { schema: 'LeadPage' } }, refusals: [400] },
    },
    post: {
      ...{
        summary: 'Enter a lead',
        scope: writes,
        body: { 'application/json': 'NewLead' },
        example: examples.NewLead,
      },
      answers: { 200: { schema: 'Lead' }, 201: { schema: 'Lead' } },
    },
  },
  '/leads/export.csv': {
    get: {
      ...{ summary: 'Export as CSV', scope: reads, query: filters },
      ...{ answers: { 200: { media: 'text/csv' } }, refusals: [400] },
    },
  },
  '/leads/{id}': {
    get: { summary: 'Read a lead', scope: reads, answers: { 200: { schema: 'Lead' } }, refusals: [404] },
    patch: {
      ...{
        summary: 'Correct contact fields',
        scope: writes,
        body: { 'application/json': 'Correction' },
        example: examples.Correction,
        headers: ['If-Match'],
      },
      ...{ answers: { 200: { schema: 'Lead' } }, refusals: [404, 412] },
    },
    delete: {
      ...{ summary: 'Erase a person', scope: 'leads:erase', headers: ['If-Match'] },
      ...{ answers: { 204: {} }, refusals: [404, 412] },
    },
  },
  '/leads/{id}/personal-data': {
    get: {
      summary: 'All that is kept',
      scope: reads,
      answers: { 200: { schema: 'PersonalData' } },
      refusals: [404],
    },
  },
  '/leads/{id}/restore': {
    post: {
      ...{
        summary: 'Put overwritten values back',
        scope: writes,
        body: { 'application/json': 'Restore' },
        example: examples.Restore,
        headers: ['If-Match'],
      },
      ...{ answers: { 200: { schema: 'Lead' } }, refusals: [404, 412] },
    },
  },
  '/leads/{id}/timeline': {
    get: {
      summary: 'What has happened',
      scope: reads,
      answers: { 200: { schema: 'Timeline' } },
      refusals: [404],
    },
  },
  '/leads/{id}/transitions': {
    get: {
      summary: 'Where to',
      scope: reads,
      answers: { 200: { schema: 'TransitionOptions' } },
      refusals: [404],
    },
    post: {
      ...{
        summary: 'Move forward',
        scope: writes,
        body: { 'application/json': 'Transition' },
        example: examples.Transition,
        headers: ['If-Match'],
      },
      ...{ answers: { 200: { schema: 'Lead' } }, refusals: [404, 409, 412] },
    },
  },
  '/leads/{id}/demo': {
    get: { summary: 'When the demo is', scope: reads, answers: { 200: { schema: 'Demo' } }, refusals: [404] },
    put: {
      ...{
        summary: 'Set or change the time of the demo',
        scope: writes,
        body: { 'application/json': 'DemoTime' },
        example: examples.DemoTime,
        headers: ['If-Match'],
      },
      ...{ answers: { 200: { schema: 'Demo' } }, refusals: [404, 409, 412] },
    },
    delete: {
      ...{ summary: 'Call the demo off', scope: writes, headers: ['If-Match'] },
      ...{ answers: { 204: {} }, refusals: [404, 412] },
    },
  },
  '/deliveries/{id}/retry': {
    post: {
      summary: 'Send a mail of the timeline again',
      scope: writes,
      answers: { 202: { schema: 'RetryRequest' } },
      refusals: [404, 409],
    },
  },
  '/pipeline': {
    get: {
      ...{ summary: 'How it goes', scope: reads, query: period },
      ...{ answers: { 200: { schema: 'PipelineReport' } }, refusals: [400] },
    },
  },
  '/quarantine': {
    get: {
      ...{ summary: 'Suspect submissions', scope: reads, query: ['state', 'limit', 'cursor'] },
      ...{ answers: { 200: { schema: 'QuarantinePage' } }, refusals: [400] },
    },
  },
  '/quarantine/{id}/release': {
    post: {
      ...{ summary: 'Let a submission through', scope: writes },
      ...{ answers: { 200: { schema: 'Lead' } }, refusals: [404, 409, 422] },
    },
  },
  '/asyncapi.json': {
    get: {
      ...{ summary: 'The events on RabbitMQ, as AsyncAPI 3.0' },
      answers: { 200: { media: 'application/json' } },
    },
  },
  '/events': {
    get: {
      summary: 'Changes as they happen',
      scope: reads,
      answers: { 200: { media: 'text/event-stream' } },
    },
  },
};

/** The sales API. */
export const api: Api = {
  title: 'Meander Leads: sales API',
  description: `Find leads, move them forward, see what happened. docs/sales-api.md walks through it. Send an API key or an access token as "Authorization: Bearer …"; scopes: ${scopes.join(', ')}.`,
  operations,
  parameters,
  headers: {
    'If-Match': { schema: { type: 'string' }, description: 'ETag of the lead as it was read.' },
  },
  schemas,
};
