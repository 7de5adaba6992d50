import { parseAttribution } from './attribution.ts';
import type { Parsed, ParseOptions } from './check-body.ts';
import { checkBody, ownFields, strictBody } from './check-body.ts';
import type { Attribution, ContactFields, Locale, Source } from './fields.ts';
import { contactFieldNames, locales, parseLocale } from './fields.ts';
import { judged } from './judged.ts';
import { contactFieldSchemas, sourceSchema } from './schema.ts';

/** What the public form gives: every contact field (null where not given) and how the visitor came. */
export type Booking = ContactFields & { locale: Locale | null; attribution: Attribution | null };

/** What sales gives for a lead of its own. */
export type SalesLead = ContactFields & { source: Source; locale: Locale | null };

/** What sales corrects: present fields change, null clears an optional one, absent ones stay. */
export type ContactCorrection = Partial<Omit<ContactFields, 'email'>>;

const { email: _never, ...correctableSchemas } = contactFieldSchemas;

/** Any value is taken, and one that is no language of ours means left out: it must not lose a lead. */
const localeSchema = judged((value) => ({ value: parseLocale(value) ?? null }), {
  description: `One of ${locales.join(', ')}; anything else counts as left out.`,
});

export const bookingSchema = strictBody(contactFieldSchemas);
export const salesLeadSchema = strictBody({
  ...contactFieldSchemas,
  source: sourceSchema,
  locale: localeSchema,
});
/** Each field may be absent, but a required one that is present cannot be blank. */
export const correctionSchema = strictBody(correctableSchemas).fork(
  Object.keys(correctableSchemas),
  (schema) => schema.optional(),
);

/**
 * Reads a booking from the public form. Fails with all broken rules at once, at most one per field, in the
 * order of the form. Fields that are not the form's, privileged ones among them, are ignored (contract
 * section 3), as is a locale that is none of ours. Only own properties count; a body that is no object has no
 * fields. Never throws on anything that JSON or a form can carry.
 */
export function parseBooking(body: unknown, options: ParseOptions): Parsed<Booking> {
  const given = ownFields(body);
  const known = Object.fromEntries(contactFieldNames.map((name) => [name, given[name]]));
  const contact = checkBody<ContactFields>(bookingSchema, known, options);
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
  const lead = checkBody<SalesLead>(salesLeadSchema, ownFields(body), options);
  if (!lead.ok) return lead;
  const { source, locale } = lead.value;
  return { ok: true, value: { ...withEveryField(lead.value), source, locale: locale ?? null } };
}

/**
 * Reads a correction of contact fields: any of them except `email`. Null or blank clears an optional field
 * and breaks `required_fields_present` on a required one; any other field is an error `unknown_field`. No
 * field at all is no change.
 */
export function parseContactCorrection(body: unknown, options: ParseOptions): Parsed<ContactCorrection> {
  return checkBody<ContactCorrection>(correctionSchema, ownFields(body), options);
}

function withEveryField(contact: ContactFields): ContactFields {
  const entries = contactFieldNames.map((name) => [name, contact[name] ?? null]);
  return Object.fromEntries(entries) as ContactFields;
}
