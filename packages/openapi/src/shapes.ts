import type { JsonSchema } from '@meander/lead';

/** The few shapes that answers are made of, as JSON Schema 2020-12. */

export const text: JsonSchema = { type: 'string' };
export const time: JsonSchema = { type: 'string', format: 'date-time' };
export const id: JsonSchema = { type: 'string', format: 'uuid' };
export const count: JsonSchema = { type: 'integer', minimum: 0 };

/** One of a closed list. */
export const choice = (values: readonly string[]): JsonSchema => ({ type: 'string', enum: [...values] });
export const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
export const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
/** A schema of the same document, by its name. */
export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** An object whose properties are all there unless named as optional; nothing else is. */
export function object(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  };
}

/** An object of which every property may be left out but the needed ones, and that may hold others, which count for nothing. */
export const input = (
  properties: Readonly<Record<string, JsonSchema>>,
  needed: readonly string[] = [],
): JsonSchema => ({ type: 'object', properties, required: [...needed], additionalProperties: true });
