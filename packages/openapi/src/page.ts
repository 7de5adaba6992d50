import type { JsonSchema } from '@meander/lead';
import { type Assets, createTemplates } from '@meander/web';
import { refusalsOf, withCommon } from './document.ts';
import type { Api, Operation } from './operation.ts';

/** What a schema says, in a few words. */
function inWords(schema: JsonSchema): string {
  const { $ref, anyOf, type, enum: values, items, format, minimum, maximum, maxLength, pattern } = schema;
  if (typeof $ref === 'string') return $ref.replace(/.*\//, '');
  if (Array.isArray(anyOf)) return anyOf.map((one: JsonSchema) => inWords(one)).join(' or ');
  if (Array.isArray(values)) return values.map(String).join(', ');
  const name = Array.isArray(type) ? type.join(' or ') : String(type ?? 'any');
  const bounds = [
    format,
    minimum !== undefined && `from ${minimum}`,
    maximum !== undefined && `to ${maximum}`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    pattern,
    items !== undefined && `of ${inWords(items as JsonSchema)}`,
  ].filter(Boolean);
  return [name, ...bounds].join(', ');
}

const anchor = (text: string) => text.replace(/\W+/g, '-').replace(/^-|-$/g, '').toLowerCase();

function call(api: Api, path: string, method: string, operation: Operation) {
  const { summary, description, scope, query = [], headers = [], body, example, answers } = operation;
  const parameters = [
    ...query.map((name) => ({ name, in: 'query', ...api.parameters?.[name] })),
    ...headers.map((name) => ({ name, in: 'header', ...api.headers?.[name] })),
  ];
  return {
    ...{ method: method.toUpperCase(), path, summary, description: description ?? '', scope: scope ?? '' },
    anchor: anchor(`${method} ${path}`),
    parameters: parameters.map(({ name, in: place, schema = {}, description: about = '' }) => ({
      ...{ name, place, about, words: inWords(schema) },
    })),
    bodies: Object.entries(body ?? {}).map(([media, name]) => ({ media, name, anchor: anchor(name) })),
    example: example ? JSON.stringify(example, null, 2) : '',
    answers: Object.entries(answers).map(([status, answer]) => ({
      ...{ status, name: answer.schema ?? '', media: answer.media ?? '', about: answer.description ?? '' },
      anchor: anchor(answer.schema ?? ''),
    })),
    refusals: refusalsOf(operation).join(', '),
  };
}

function shape([name, schema]: [string, JsonSchema]) {
  const required = (schema.required ?? []) as string[];
  return {
    ...{ name, anchor: anchor(name), about: schema.description ?? '' },
    properties: Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).map(
      ([property, one]) => ({
        ...{ name: property, words: inWords(one), about: one.description ?? '' },
        isRequired: required.includes(property),
      }),
    ),
  };
}

/** A further description that the page names. */
export interface Beside {
  url: string;
  about: string;
}

/** The API as one page: complete without scripts, from the same description as the document. */
export function createDocsPage(given: Api, assets: Assets, beside: readonly Beside[]): string {
  const api = withCommon(given);
  const templates = createTemplates({ folder: new URL('./templates/', import.meta.url), assets });
  return templates.compile('docs')({
    title: api.title,
    description: api.description,
    beside,
    calls: Object.entries(api.operations).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => call(api, path, method, operation)),
    ),
    shapes: Object.entries(api.schemas).map(shape),
  });
}
