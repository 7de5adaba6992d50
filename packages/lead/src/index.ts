/** The Lead: fields, rules, normalisation, status machine, event types. Pure: no I/O, no clock of its own. */

export { parseAttribution } from './attribution.ts';
export type { Booking, ContactCorrection, SalesLead } from './booking.ts';
export {
  bookingSchema,
  correctionSchema,
  parseBooking,
  parseContactCorrection,
  parseSalesLead,
  salesLeadSchema,
} from './booking.ts';
export type { Parsed, ParseOptions } from './check-body.ts';
export { checkBody, ownFields, strictBody } from './check-body.ts';
export type { Demo } from './demo.ts';
export { defaultDemoMinutes, demoFieldNames, demoFieldSchemas, demoSchema, parseDemo } from './demo.ts';
export type { NormalizedEmail } from './email.ts';
export { normalizeEmail, syntheticDomain } from './email.ts';
export type { BookingData, EventData, EventType } from './event-data.ts';
export type { LeadEvent, UnreadableReason } from './events.ts';
export {
  createEvent,
  envelopeOf,
  eventSchema,
  parseEvent,
  routingKeys,
  syntheticKeyPrefix,
} from './events.ts';
export type {
  Attribution,
  ContactFields,
  Locale,
  LostReason,
  OrganizationSize,
  Source,
  Status,
} from './fields.ts';
export {
  attributionFieldNames,
  contactFieldNames,
  limits,
  localeOfTag,
  locales,
  lostReasons,
  organizationSizes,
  parseLocale,
  requiredContactFieldNames,
  sources,
  statuses,
} from './fields.ts';
export type { JsonSchema, Judged } from './judged.ts';
export { judged, toJsonSchema } from './judged.ts';
export { createId, isId } from './lead-id.ts';
export { createMaskedRef, isMaskedRef } from './masked-ref.ts';
export type { MessageVariant } from './messages.ts';
export { messageFor } from './messages.ts';
export type { NormalizedPhone, PhoneRegion } from './phone.ts';
export { isPhoneRegion, normalizePhone } from './phone.ts';
export type { FieldError, RuleName } from './rules.ts';
export { ruleNames } from './rules.ts';
export { choiceField, textField } from './schema.ts';
export type { TransitionDecision, TransitionPolicy } from './status.ts';
export { allowedTransitions, decideTransition, isFinal, parseStatus, transitionPolicies } from './status.ts';
export { countCodePoints, hasForbiddenCharacters, normalizeText, plainSpelling } from './text.ts';
export { typedFields } from './typed-fields.ts';
export { urlBelow } from './url-below.ts';
