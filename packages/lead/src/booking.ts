import type { ObjectSchema, SchemaMap, ValidationErrorItem } from 'joi';
import Joi from 'joi';
import { parseAttribution } from './attribution.ts';
import type { Attribution, ContactFields, Locale, Source } from './fields.ts';
import { contactFieldNames, parseLocale } from './fields.ts';
import type { MessageVariant } from './messages.ts';
import { messageFor } from './messages.ts';
import type { PhoneRegion } from './phone.ts';
import type { FieldError, RuleName } from './rules.ts';
import type { RuleContext } from './schema.ts';
import { contactFieldSchemas, sourceSchema } from './schema.ts';

/** What the public form gives: every contact field (null where not given) and how the visitor came. */
export type Booking = ContactFields & { locale: Locale | null; attribution: Attribution | null };

/** What sales gives for a lead of its own. */
export type SalesLead = ContactFields & { source: Source; locale: Locale | null };

/** What sales corrects: present fields change, null clears an optional one, absent ones stay. */
export type ContactCorrection = Partial<Omit<ContactFields, 'email'>>;

export type Parsed<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] };

export interface ParseOptions {
  /** Language of the error messages. */
  locale: Locale;
  /** Where a phone number without a country code is from. */
  phoneRegion: PhoneRegion;
}

const { email: _never, ...correctableSchemas } = contactFieldSchemas;

const bookingSchema = strict(contactFieldSchemas);
const salesLeadSchema = strict({ ...contactFieldSchemas, source: sourceSchema, locale: Joi.any() });
/** Each field may be absent, but a required one that is present cannot be blank. */
const correctionSchema = strict(correctableSchemas).fork(Object.keys(correctableSchemas), (schema) =>
  schema.optional(),
);

function strict(fields: SchemaMap): ObjectSchema {
  return Joi.object(fields).unknown(false);
}

/**
 * Reads a booking from the public form. Fails with all broken rules at once, at most one per field, in the
 * order of the form. Fields that are not the form's, privileged ones among them, are ignored (contract
 * section 3), as is a locale that is none of ours. Only own properties count; a body that is no object has no
 * fields. Never throws on anything that JSON or a form can carry.
 */
export function parseBooking(body: unknown, options: ParseOptions): Parsed<Booking> {
  const given = ownFields(body);
  const known = Object.fromEntries(contactFieldNames.map((name) => [name, given[name]]));
  const contact = check<ContactFields>(bookingSchema, known, options);
  if (!contact.ok) return contact;
  const value = {
    ...withEveryField(contact.value),
    locale: parseLocale(given.locale) ?? null,
    attribution: parseAttribution(given.attribution),
  };
  return { ok: true, value };
}

/**
 * Reads a lead that sales enters itself: as `parseBooking`, but `source` is required and a field that is not
 * known, or that sales may not set (`status`, `id`, …), is an error `unknown_field`.
 */
export function parseSalesLead(body: unknown, options: ParseOptions): Parsed<SalesLead> {
  const lead = check<SalesLead>(salesLeadSchema, ownFields(body), options);
  if (!lead.ok) return lead;
  const { source, locale } = lead.value;
  return { ok: true, value: { ...withEveryField(lead.value), source, locale: parseLocale(locale) ?? null } };
}

/**
 * Reads a correction of contact fields: any of them except `email`. Null or blank clears an optional field
 * and breaks `required_fields_present` on a required one; any other field is an error `unknown_field`. No
 * field at all is no change.
 */
export function parseContactCorrection(body: unknown, options: ParseOptions): Parsed<ContactCorrection> {
  return check<ContactCorrection>(correctionSchema, ownFields(body), options);
}

/** The body's own members, without a prototype: there `__proto__` is a name like any other. */
function ownFields(body: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  return typeof body === 'object' && body !== null ? Object.assign(fields, body) : fields;
}

function check<T>(schema: ObjectSchema, fields: object, { locale, phoneRegion }: ParseOptions): Parsed<T> {
  const context: RuleContext = { phoneRegion };
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

function withEveryField(contact: ContactFields): ContactFields {
  const entries = contactFieldNames.map((name) => [name, contact[name] ?? null]);
  return Object.fromEntries(entries) as ContactFields;
}
