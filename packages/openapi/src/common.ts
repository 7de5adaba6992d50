import { ruleNames, statuses } from '@meander/lead';
import { problems } from '@meander/runtime';
import type { Operation } from './operation.ts';
import { choice, list, object, text } from './shapes.ts';

const page = { 200: { media: 'text/html' } };
const json = { 200: { media: 'application/json' } };

/** What every service answers besides its own calls. */
export const commonOperations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/healthz': { get: { summary: 'Whether the process is alive', answers: { 200: { schema: 'Health' } } } },
  '/readyz': {
    get: {
      summary: 'Whether it can work, dependency by dependency',
      answers: {
        200: { schema: 'Readiness' },
        503: { schema: 'Readiness', description: 'A dependency that it needs is away, or it is stopping' },
      },
    },
  },
  '/docs': { get: { summary: 'This description for people', answers: page } },
  '/openapi.json': { get: { summary: 'This description for programs', answers: json } },
};

export const commonSchemas = {
  Health: object({ status: choice(['ok']) }),
  Readiness: object({
    status: choice(['ready', 'not ready', 'draining']),
    checks: { type: 'object', additionalProperties: choice(['up', 'down']) },
  }),
  Problem: {
    type: 'object',
    description: 'RFC 9457. docs/problems.md explains each type; what else it holds depends on it.',
    properties: {
      type: choice(Object.keys(problems).map((code) => `urn:meander:problem:${code}`)),
      title: text,
      status: { type: 'integer', enum: [...new Set(Object.values(problems).map(({ status }) => status))] },
      detail: text,
      parameter: text,
      errors: list(object({ field: text, rule: choice(ruleNames), message: text })),
      from: choice(statuses),
      to: choice(statuses),
      allowed: list(choice(statuses)),
      trace_id: text,
    },
    required: ['type', 'title', 'status'],
  },
};
