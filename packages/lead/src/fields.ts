/** The Lead's fields and closed lists, by the seed's own names (seed/lead.txt; contract section 2). */

/** Stages of the sales pipeline, in order; `converted` and `lost` are two ends of the same place. */
export const statuses = ['new', 'contacted', 'qualified', 'demo_scheduled', 'converted', 'lost'] as const;
export type Status = (typeof statuses)[number];

/** Where a lead came from. The public form is always `website`. */
export const sources = ['website', 'referral', 'event', 'partner', 'outbound', 'import', 'other'] as const;
export type Source = (typeof sources)[number];

/** Number of people in the organization, as a range. */
export const organizationSizes = ['1-10', '11-50', '51-200', '201-1000', '1001+'] as const;
export type OrganizationSize = (typeof organizationSizes)[number];

/** Why a lead was lost, as sales counts it; what else there is to say goes into the free text. */
export const lostReasons = [
  'no_answer',
  'no_budget',
  'no_need',
  'competitor',
  'timing',
  'not_a_fit',
  'duplicate',
  'other',
] as const;
export type LostReason = (typeof lostReasons)[number];

/** Languages that the product speaks: Norwegian Bokmål and English. */
export const locales = ['nb', 'en'] as const;
export type Locale = (typeof locales)[number];

/** Returns the locale if `value` is one of ours, else undefined. Exact: `nb-NO` or `NB` is not. */
export function parseLocale(value: unknown): Locale | undefined {
  return locales.find((locale) => locale === value);
}

/** The locale that a language tag of an address asks for, however it is written: `EN`, `en-GB`, `no`, `nn`. */
export function localeOfTag(tag: unknown): Locale | undefined {
  const [language] = typeof tag === 'string' ? tag.trim().toLowerCase().split(/[-_]/) : [];
  return language === 'no' || language === 'nn' ? 'nb' : parseLocale(language);
}

/**
 * The most that a field may hold, in Unicode code points after NFC and trimming; `emailLocalPart` and `email`
 * count ASCII octets (RFC 5321 4.5.3.1). The CHECK constraints of table `leads` hold the same numbers.
 */
export const limits = {
  name: 100,
  email: 254,
  emailLocalPart: 64,
  phone: 40,
  organizationName: 200,
  roleTitle: 150,
  currentSolution: 500,
  preferredDemoTiming: 200,
  notes: 5000,
  attribution: 2000,
  reason: 1000,
  demoLocation: 200,
  demoMinutes: { least: 5, most: 480 },
} as const;

/** What a person tells about themselves and their organization. Null means: not given. */
export interface ContactFields {
  first_name: string;
  last_name: string;
  /** Dedupe key and mail address, as `normalizeEmail` makes it. */
  email: string;
  /** E.164, or as typed where no number plan knows it; see `normalizePhone`. */
  phone: string | null;
  organization_name: string;
  role_title: string;
  organization_size: OrganizationSize | null;
  /** May hold newlines (LF) and tabs, like `notes`. */
  current_solution: string | null;
  preferred_demo_timing: string | null;
  notes: string | null;
}

/** The contact fields in the order of the booking form, which is the order of validation errors. */
export const contactFieldNames = [
  'first_name',
  'last_name',
  'email',
  'phone',
  'organization_name',
  'role_title',
  'organization_size',
  'current_solution',
  'preferred_demo_timing',
  'notes',
] as const satisfies readonly (keyof ContactFields)[];

/** The contact fields without which there is no lead. */
export const requiredContactFieldNames = [
  'first_name',
  'last_name',
  'email',
  'organization_name',
  'role_title',
] as const satisfies readonly (keyof ContactFields)[];

/** What marketing's links tell about a submission; kept with it, never on the lead. */
export const attributionFieldNames = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'referrer',
  'landing_page',
] as const;
export type Attribution = { [Name in (typeof attributionFieldNames)[number]]?: string };
