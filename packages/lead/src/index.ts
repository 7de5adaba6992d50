/** The Lead: fields, rules, normalisation, status machine, event types. Pure: no I/O, no clock of its own. */

export { parseAttribution } from './attribution.ts';
export type { Booking, ContactCorrection, Parsed, ParseOptions, SalesLead } from './booking.ts';
export { parseBooking, parseContactCorrection, parseSalesLead } from './booking.ts';
export type { Demo } from './demo.ts';
export { defaultDemoMinutes, demoFieldNames, parseDemo } from './demo.ts';
export type { NormalizedEmail } from './email.ts';
export { normalizeEmail, syntheticDomain } from './email.ts';
export type { BookingData, EventData, EventType, LeadEvent, UnreadableReason } from './events.ts';
export { createEvent, parseEvent, routingKeys, syntheticKeyPrefix } from './events.ts';
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
  locales,
  lostReasons,
  organizationSizes,
  parseLocale,
  requiredContactFieldNames,
  sources,
  statuses,
} from './fields.ts';
export { createId, isId } from './lead-id.ts';
export { createMaskedRef, isMaskedRef } from './masked-ref.ts';
export type { MessageVariant } from './messages.ts';
export { messageFor } from './messages.ts';
export type { NormalizedPhone, PhoneRegion } from './phone.ts';
export { isPhoneRegion, normalizePhone } from './phone.ts';
export type { FieldError, RuleName } from './rules.ts';
export { ruleNames } from './rules.ts';
export type { TransitionDecision, TransitionPolicy } from './status.ts';
export { allowedTransitions, decideTransition, isFinal, parseStatus, transitionPolicies } from './status.ts';
export { countCodePoints, hasForbiddenCharacters, normalizeText } from './text.ts';
