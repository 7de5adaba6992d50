import type { ObjectSchema, SchemaMap, ValidationErrorItem } from 'joi';
import Joi from 'joi';
import type { Locale } from './fields.ts';
import type { RuleContext } from './judged.ts';
import type { MessageVariant } from './messages.ts';
import { messageFor } from './messages.ts';
import type { PhoneRegion } from './phone.ts';
import type { FieldError, RuleName } from './rules.ts';

export type Parsed<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] };

export interface ParseOptions {
  /** Language of the error messages. */
  locale: Locale;
  /** Where a phone number without a country code is from. */
  phoneRegion: PhoneRegion;
}

/** A body of these fields and no other: anything else is an error `unknown_field`. */
export function strictBody(fields: SchemaMap): ObjectSchema {
  return Joi.object(fields).unknown(false);
}

/** The body's own members, without a prototype: there `__proto__` is a name like any other. */
export function ownFields(body: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  return typeof body === 'object' && body !== null ? Object.assign(fields, body) : fields;
}

/**
 * Judges a body by a schema of `judged` fields: all broken rules at once, at most one per field, in the order of
 * the schema, those of unknown fields last. Members that come out undefined are left out.
 */
export function checkBody<T>(
  schema: ObjectSchema,
  fields: object,
  { locale, phoneRegion }: Pick<ParseOptions, 'locale'> & Partial<ParseOptions>,
): Parsed<T> {
  const context: Partial<RuleContext> = phoneRegion === undefined ? {} : { phoneRegion };
  // Without `render` joi makes no messages of its own, which would repeat the value.
  const { error, value } = schema.validate(fields, { abortEarly: false, context, errors: { render: false } });
  if (error !== undefined) {
    return { ok: false, errors: error.details.map((detail) => toFieldError(detail, locale)) };
  }
  const given = Object.entries(value).filter(([, member]) => member !== undefined);
  return { ok: true, value: Object.fromEntries(given) as T };
}

/** joi's own codes, for what joi decides itself; every other code is a rule's name already. */
const ruleOfCode: Readonly<Record<string, RuleName>> = {
  'any.required': 'required_fields_present',
  'object.unknown': 'unknown_field',
};

function toFieldError({ type, path, context }: ValidationErrorItem, locale: Locale): FieldError {
  const rule = ruleOfCode[type] ?? (type as RuleName);
  const variant = context?.variant as MessageVariant | undefined;
  return { field: path.join('.'), rule, message: messageFor(rule, locale, variant) };
}
