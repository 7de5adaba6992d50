import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';

/** An AsyncAPI 3.0 document as far as a test looks at it. */
export interface EventDocument {
  channels: Record<string, { address: string; bindings: { amqp: { exchange: { name: string } } } }>;
  components: { messages: Record<string, { contentType: string }>; schemas: Record<string, object> };
}

const require = createRequire(import.meta.url);

/** What the official schema of AsyncAPI 3.0 finds wrong in a document; empty where it is one. */
export function faultsOfEventDocument(document: object): string[] {
  const official = JSON.parse(readFileSync(require.resolve('@asyncapi/specs/schemas/3.0.0.json'), 'utf8'));
  // It holds the schema of JSON Schema itself, so Ajv must not bring its own.
  const ajv = new Ajv({
    ...{ strict: false, allErrors: true, validateFormats: false },
    ...{ meta: false, validateSchema: false },
  });
  const validate = ajv.compile(official);
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Judges events by their description: tells what is wrong with one, and nothing where it is as described. */
export function createEventJudge({ components }: EventDocument): (event: { type: string }) => string[] {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
  ajvFormats.default(ajv);
  const judges = Object.entries(components.schemas).map(
    ([type, schema]) => [type, ajv.compile(schema)] as const,
  );
  const byType = new Map(judges);
  return (event) => {
    const validate = byType.get(event.type);
    if (!validate) return [`${event.type} is not described`];
    validate(event);
    return (validate.errors ?? []).map((error) => `${event.type}${error.instancePath} ${error.message}`);
  };
}
