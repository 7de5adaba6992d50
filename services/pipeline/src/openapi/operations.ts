import type { Scope } from '@meander/auth';
import { organizationSizes, sources, statuses } from '@meander/lead';
import { sortColumns } from '../domain/lead-query.ts';
import { quarantineStates } from '../domain/quarantine-query.ts';

/** One call of the API, as its description needs it. */
export interface Operation {
  summary: string;
  scope: Scope;
  /** Names of parameters, of `parameters`. */
  query?: readonly (keyof typeof parameters)[];
  /** A schema's name. */
  body?: string;
  /** What a success answers, by status: a schema's name, or a media type, or nothing. */
  answers: Readonly<Record<number, string | null>>;
  /** What it may refuse with, besides what every call may. */
  refusals?: readonly number[];
  ifMatch?: true;
}

const choice = (values: readonly string[]) => ({ type: 'string', enum: [...values] });

/** Query parameters, by name. */
export const parameters = {
  status: { schema: { type: 'array', items: choice(statuses) }, explode: true },
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
} as const;

const period = ['created_after', 'created_before'] as const;
const filters = ['status', 'source', 'organization_size', 'q', ...period, 'sort'] as const;
const reads = 'leads:read';
const writes = 'leads:write';

/** Every call of the sales API, by path and method. */
export const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/leads': {
    get: {
      ...{ summary: 'List and search', scope: reads, query: [...filters, 'limit', 'cursor'] },
      ...{ answers: { 200: 'LeadPage' }, refusals: [400] },
    },
    post: {
      ...{ summary: 'Enter a lead', scope: writes, body: 'NewLead' },
      answers: { 200: 'Lead', 201: 'Lead' },
    },
  },
  '/leads/export.csv': {
    get: {
      ...{ summary: 'Export as CSV', scope: reads, query: filters },
      ...{ answers: { 200: 'text/csv' }, refusals: [400] },
    },
  },
  '/leads/{id}': {
    get: { summary: 'Read a lead', scope: reads, answers: { 200: 'Lead' }, refusals: [404] },
    patch: {
      ...{ summary: 'Correct contact fields', scope: writes, body: 'Correction', ifMatch: true },
      ...{ answers: { 200: 'Lead' }, refusals: [404, 412] },
    },
    delete: { summary: 'Erase a person', scope: 'leads:erase', answers: { 204: null }, refusals: [404] },
  },
  '/leads/{id}/personal-data': {
    get: { summary: 'All that is kept', scope: reads, answers: { 200: 'PersonalData' }, refusals: [404] },
  },
  '/leads/{id}/restore': {
    post: {
      ...{ summary: 'Put overwritten values back', scope: writes, body: 'Restore', ifMatch: true },
      ...{ answers: { 200: 'Lead' }, refusals: [404, 412] },
    },
  },
  '/leads/{id}/timeline': {
    get: { summary: 'What has happened', scope: reads, answers: { 200: 'Timeline' }, refusals: [404] },
  },
  '/leads/{id}/transitions': {
    get: { summary: 'Where to', scope: reads, answers: { 200: 'TransitionOptions' }, refusals: [404] },
    post: {
      ...{ summary: 'Move forward', scope: writes, body: 'Transition', ifMatch: true },
      ...{ answers: { 200: 'Lead' }, refusals: [404, 409, 412] },
    },
  },
  '/leads/{id}/demo': {
    get: { summary: 'When the demo is', scope: reads, answers: { 200: 'Demo' }, refusals: [404] },
    put: {
      ...{ summary: 'Set or change the time of the demo', scope: writes, body: 'DemoTime' },
      ...{ answers: { 200: 'Demo' }, refusals: [404, 409] },
    },
  },
  '/pipeline': {
    get: {
      ...{ summary: 'How it goes', scope: reads, query: period },
      ...{ answers: { 200: 'PipelineReport' }, refusals: [400] },
    },
  },
  '/quarantine': {
    get: {
      ...{ summary: 'Suspect submissions', scope: reads, query: ['state', 'limit', 'cursor'] },
      ...{ answers: { 200: 'QuarantinePage' }, refusals: [400] },
    },
  },
  '/quarantine/{id}/release': {
    post: {
      ...{ summary: 'Let a submission through', scope: writes },
      ...{ answers: { 200: 'Lead' }, refusals: [404, 409, 422] },
    },
  },
  '/events': {
    get: { summary: 'Changes as they happen', scope: reads, answers: { 200: 'text/event-stream' } },
  },
};
