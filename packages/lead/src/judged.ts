import type { CustomHelpers, Schema } from 'joi';
import Joi from 'joi';
import type { MessageVariant } from './messages.ts';
import type { PhoneRegion } from './phone.ts';
import type { RuleName } from './rules.ts';

/** JSON Schema 2020-12, the dialect of OpenAPI 3.1 and AsyncAPI 3. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What the rules need to know beside the value; passed as joi's `context`. */
export interface RuleContext {
  phoneRegion: PhoneRegion;
}

/** What becomes of a value, or the rule that it breaks. */
export type Judged<T> = { value: T } | { rule: RuleName; variant?: MessageVariant };

type JsonSchemaHook = (schema: { $_terms: { metas?: { describe?: JsonSchema }[] } }, res: object) => object;

/** joi has JSON Schema for its own types alone: a value of this one is judged by a function and brings its own. */
const judgedType: {
  type: string;
  base: Schema;
  jsonSchema: JsonSchemaHook;
} = {
  type: 'judged',
  base: Joi.any(),
  jsonSchema: ({ $_terms }, res) =>
    Object.assign({}, res, ...($_terms.metas ?? []).map(({ describe }) => describe)),
};
const extended: { judged(): Schema } = Joi.extend(judgedType);

/**
 * A value as a joi schema. joi walks the object and gathers every error; what a value must be is decided by
 * the pure functions of this package, and joi's error code is our rule name. `describe` says the same as JSON
 * Schema, as far as that can: of a text that is clean already (NFC, nothing invisible around it).
 */
export function judged<T>(
  judge: (value: unknown, context: RuleContext) => Judged<T>,
  describe: JsonSchema,
): Schema {
  return extended
    .judged()
    .custom((value: unknown, helpers: CustomHelpers): unknown => {
      const outcome = judge(value, helpers.prefs.context as RuleContext);
      return 'value' in outcome ? outcome.value : helpers.error(outcome.rule, { variant: outcome.variant });
    })
    .meta({ describe });
}

/** What a schema takes, as JSON Schema 2020-12: made from the very schema that validates. */
export function toJsonSchema(schema: Schema): JsonSchema {
  return schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
}
