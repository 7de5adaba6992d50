import type { CustomHelpers, ErrorReport, Schema } from 'joi';
import Joi from 'joi';
import { normalizeEmail } from './email.ts';
import { limits, organizationSizes, sources } from './fields.ts';
import type { MessageVariant } from './messages.ts';
import type { PhoneRegion } from './phone.ts';
import { cleanPhoneText, normalizePhone } from './phone.ts';
import type { RuleName } from './rules.ts';
import { countCodePoints, hasForbiddenCharacters, normalizeText, trimWhiteSpace } from './text.ts';

/** What the rules need to know beside the value; passed as joi's `context`. */
export interface RuleContext {
  phoneRegion: PhoneRegion;
}

type Outcome = { value: string } | { rule: RuleName; variant?: MessageVariant };

interface FieldRule {
  /** Names a value that is no text: the field's own length or format rule. */
  rule: RuleName;
  required?: true;
  /** Judges a text that is not blank; gives what is stored, or the rule that it breaks. */
  judge: (text: string, context: RuleContext) => Outcome;
}

/**
 * One field as a joi schema. joi walks the object and gathers every error; what a value must be is decided by
 * the pure functions of this package, and joi's error code is our rule name. Blank means left out: null for
 * an optional field, `required_fields_present` for a required one.
 */
function field({ rule, required, judge }: FieldRule): Schema {
  const schema = Joi.any().custom((value: unknown, helpers: CustomHelpers): unknown => {
    const broken = (name: RuleName, variant?: MessageVariant): ErrorReport =>
      helpers.error(name, { variant });
    const isBlank =
      value === null || (typeof value === 'string' && normalizeText(value, { multiline: false }) === '');
    if (isBlank) return required ? broken('required_fields_present') : null;
    if (typeof value !== 'string') return broken(rule, 'not-text');
    const outcome = judge(value, helpers.prefs.context as RuleContext);
    return 'value' in outcome ? outcome.value : broken(outcome.rule, outcome.variant);
  });
  return required ? schema.required() : schema;
}

function text(
  rule: RuleName,
  most: number,
  { required, multiline }: { required?: true; multiline?: true } = {},
) {
  const shape = { multiline: multiline ?? false };
  const judge = (typed: string): Outcome => {
    const value = normalizeText(typed, shape);
    if (hasForbiddenCharacters(value, shape)) {
      return multiline
        ? { rule: 'forbidden_characters', variant: 'multiline' }
        : { rule: 'forbidden_characters' };
    }
    return countCodePoints(value) > most ? { rule } : { value };
  };
  return field({ rule, judge, ...(required && { required }) });
}

function choice(rule: RuleName, values: readonly string[], required?: true) {
  const judge = (typed: string): Outcome => {
    const value = values.find((known) => known === trimWhiteSpace(typed));
    return value === undefined ? { rule } : { value };
  };
  return field({ rule, judge, ...(required && { required }) });
}

function judgeEmail(typed: string): Outcome {
  if (hasForbiddenCharacters(trimWhiteSpace(typed), { multiline: false }))
    return { rule: 'forbidden_characters' };
  const normalized = normalizeEmail(typed);
  return normalized.ok ? { value: normalized.email } : { rule: normalized.rule };
}

function judgePhone(typed: string, { phoneRegion }: RuleContext): Outcome {
  // Judged when cleaned: direction marks around a number from a contact card are not the visitor's doing.
  if (hasForbiddenCharacters(cleanPhoneText(typed), { multiline: false }))
    return { rule: 'forbidden_characters' };
  const normalized = normalizePhone(typed, phoneRegion);
  return normalized.ok ? { value: normalized.phone } : { rule: 'phone_format_if_provided' };
}

/** The contact fields, in the order of the form. */
export const contactFieldSchemas = {
  first_name: text('name_field_length', limits.name, { required: true }),
  last_name: text('name_field_length', limits.name, { required: true }),
  email: field({ rule: 'email_format', required: true, judge: judgeEmail }),
  phone: field({ rule: 'phone_format_if_provided', judge: judgePhone }),
  organization_name: text('organization_name_length', limits.organizationName, { required: true }),
  role_title: text('role_title_length', limits.roleTitle, { required: true }),
  organization_size: choice('organization_size_enum_constraint', organizationSizes),
  current_solution: text('current_solution_length', limits.currentSolution, { multiline: true }),
  preferred_demo_timing: text('preferred_demo_timing_length', limits.preferredDemoTiming),
  notes: text('notes_length_limit', limits.notes, { multiline: true }),
};

/** The channel that sales must name for a lead of its own. */
export const sourceSchema = choice('source_enum_constraint', sources, true);
