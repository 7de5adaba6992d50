import { commonOperations, commonSchemas } from './common.ts';
import type { Answer, Api, Operation } from './operation.ts';
import { ref } from './shapes.ts';

const reasons: Readonly<Record<number, string>> = {
  200: 'As asked',
  201: 'Made',
  202: 'Taken',
  204: 'Done',
  303: 'Taken; see the page',
  400: 'Cannot be read, or a parameter is not valid',
  401: 'A valid key is needed',
  403: 'The key lacks the scope',
  404: 'There is none',
  409: 'Not possible as it stands',
  412: 'Changed since it was read',
  413: 'Larger than 32 KiB',
  415: 'Of a type that is not taken',
  422: 'Some fields break a rule',
  429: 'Too many attempts from this address',
  503: 'Not at this moment',
};

/** What every call may refuse with, what every call with a key may, and what every call with a body may. */
const always = [503];
const withKey = [401, 403, 429];
const withBody = [400, 413, 415, 422];

/** The statuses that a call may refuse with, in order. */
export function refusalsOf({ scope, body, answers, refusals = [] }: Operation): number[] {
  const all = [...always, ...(scope ? withKey : []), ...(body ? withBody : []), ...refusals];
  return [...new Set(all)].filter((status) => !(status in answers)).sort((one, other) => one - other);
}

function contentOf({ schema, media }: Answer) {
  if (schema !== undefined) return { content: { 'application/json': { schema: ref(schema) } } };
  if (media === undefined) return {};
  return { content: { [media]: { schema: { type: media.endsWith('json') ? 'object' : 'string' } } } };
}

function describeAnswer(status: string, answer: Answer) {
  const headers = (answer.headers ?? []).map((name) => [name, { schema: { type: 'string' } }]);
  return {
    description: answer.description ?? reasons[Number(status)] ?? status,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...contentOf(answer),
  };
}

function describe(api: Api, path: string, method: string, operation: Operation) {
  const { summary, description, scope, query = [], headers = [], body, example, answers } = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
  const inQuery = query.map((name) => ({ name, in: 'query', ...api.parameters?.[name] }));
  const inHeader = headers.map((name) => ({ name, in: 'header', ...api.headers?.[name] }));
  const media = Object.entries(body ?? {}).map(([type, name]) => [
    type,
    { schema: ref(name), ...(example && { example }) },
  ]);
  const problem = { 'application/problem+json': { schema: ref('Problem') } };
  return {
    operationId: `${method} ${path}`.replace(/\W+(\w)?/g, (_, letter = '') => letter.toUpperCase()),
    summary,
    ...(description && { description }),
    security: scope ? [{ key: [] }, { token: [scope] }] : [],
    parameters: [...inPath, ...inQuery, ...inHeader],
    ...(body && { requestBody: { required: true, content: Object.fromEntries(media) } }),
    responses: Object.fromEntries([
      ...Object.entries(answers).map(([status, answer]) => [status, describeAnswer(status, answer)]),
      ...refusalsOf(operation).map((status) => [
        status,
        { description: reasons[status] ?? status, content: problem },
      ]),
    ]),
  };
}

const secured = {
  key: { type: 'http', scheme: 'bearer', description: 'An API key.' },
  token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
};

/** The whole API, with what every service answers besides. */
export const withCommon = (api: Api): Api => ({
  ...api,
  operations: { ...api.operations, ...commonOperations },
  schemas: { ...api.schemas, ...commonSchemas },
});

/** An API as OpenAPI 3.1, health and description included. */
export function createOpenApi(given: Api) {
  const api = withCommon(given);
  const operations = Object.values(api.operations).flatMap((methods) => Object.values(methods));
  return {
    openapi: '3.1.1',
    info: { title: api.title, version: '1.0.0', description: api.description },
    paths: Object.fromEntries(
      Object.entries(api.operations).map(([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(methods).map(([method, operation]) => [
            method,
            describe(api, path, method, operation),
          ]),
        ),
      ]),
    ),
    components: {
      schemas: api.schemas,
      ...(operations.some(({ scope }) => scope) && { securitySchemes: secured }),
    },
  };
}

export type OpenApi = ReturnType<typeof createOpenApi>;
