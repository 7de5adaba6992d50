import { scopes } from '@meander/auth';
import { type Operation, operations, parameters } from './operations.ts';
import { schemas } from './schemas.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const reasons: Readonly<Record<number, string>> = {
  200: 'As asked',
  201: 'Made',
  204: 'Done',
  400: 'Cannot be read, or a parameter is not valid',
  401: 'A valid key is needed',
  403: 'The key lacks the scope',
  404: 'There is none',
  409: 'Not possible as it stands',
  412: 'Changed since it was read',
  413: 'Larger than 32 KiB',
  415: 'Not JSON',
  422: 'Some fields break a rule',
  429: 'Too many keys from this address were not valid',
  503: 'Not at this moment',
};

/** What every call may refuse with, and what every call with a body may. */
const always = [401, 403, 429, 503];
const withBody = [400, 413, 415, 422];

function answer(status: string, content: string | null) {
  const isMedia = content?.includes('/') ?? false;
  const media = isMedia ? { [String(content)]: { schema: { type: 'string' } } } : undefined;
  const json = content === null || isMedia ? undefined : { 'application/json': { schema: ref(content) } };
  return { description: reasons[Number(status)], ...((media ?? json) && { content: media ?? json }) };
}

function describe(path: string, { summary, scope, query, body, answers, refusals, ifMatch }: Operation) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
  const inQuery = (query ?? []).map((name) => ({ name, in: 'query', ...parameters[name] }));
  const header = ifMatch ? [{ name: 'If-Match', in: 'header', schema: { type: 'string' } }] : [];
  const refused = [...always, ...(refusals ?? []), ...(body ? withBody : [])];
  const problem = { 'application/problem+json': { schema: ref('Problem') } };
  return {
    summary,
    security: [{ key: [] }, { token: [scope] }],
    parameters: [...inPath, ...inQuery, ...header],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: ref(body) } } },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, content]) => [status, answer(status, content)]),
      ),
      ...Object.fromEntries(
        refused.map((status) => [status, { description: reasons[status], content: problem }]),
      ),
    },
  };
}

/** The API as OpenAPI 3.1. */
export const openApi = {
  openapi: '3.1.1',
  info: {
    title: 'Meander Leads: sales API',
    version: '1.0.0',
    description: 'Find leads, move them forward, see what happened. docs/sales-api.md walks through it.',
  },
  paths: Object.fromEntries(
    Object.entries(operations).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, operation]) => [method, describe(path, operation)]),
      ),
    ]),
  ),
  components: {
    schemas,
    securitySchemes: {
      key: { type: 'http', scheme: 'bearer', description: `An API key; scopes: ${scopes.join(', ')}.` },
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
    },
  },
};
