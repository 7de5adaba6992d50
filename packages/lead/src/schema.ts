import type { Schema } from 'joi';
import { normalizeEmail } from './email.ts';
import { limits, organizationSizes, sources } from './fields.ts';
import type { JsonSchema, Judged, RuleContext } from './judged.ts';
import { judged } from './judged.ts';
import { cleanPhoneText, normalizePhone } from './phone.ts';
import type { RuleName } from './rules.ts';
import { countCodePoints, hasForbiddenCharacters, normalizeText, trimWhiteSpace } from './text.ts';

interface FieldRule {
  /** Names a value that is no text: the field's own length or format rule. */
  rule: RuleName;
  required?: true;
  /** Whether it may hold line breaks, which the message about forbidden characters tells. */
  multiline?: true;
  /** Judges a text that is not blank; gives what is stored, or the rule that it breaks. */
  judge: (text: string, context: RuleContext) => Judged<string>;
  /** What JSON Schema can say of a text that is not blank. */
  describe: JsonSchema;
}

/** One field of text. Blank means left out: null for an optional field, `required_fields_present` for a required one. */
function field({ rule, required, multiline, judge, describe }: FieldRule): Schema {
  const forbidden: Judged<never> = {
    rule: 'forbidden_characters',
    ...(multiline && { variant: 'multiline' }),
  };
  const judgeAny = (value: unknown, context: RuleContext): Judged<string | null> => {
    // As it came: cleaning may bring the halves of two broken pairs together, and what was typed is kept besides.
    if (typeof value === 'string' && !value.isWellFormed()) return forbidden;
    const isBlank =
      value === null || (typeof value === 'string' && normalizeText(value, { multiline: false }) === '');
    if (isBlank) return required ? { rule: 'required_fields_present' } : { value: null };
    if (typeof value !== 'string') return { rule, variant: 'not-text' };
    return judge(value, context);
  };
  const schema = judged(
    judgeAny,
    required ? { type: 'string', minLength: 1, ...describe } : orNull(describe),
  );
  return required ? schema.required() : schema;
}

/** The same, or null, as JSON Schema. */
function orNull({ enum: values, ...schema }: JsonSchema): JsonSchema {
  const choice = values === undefined ? {} : { enum: [...(values as string[]), null] };
  return { type: ['string', 'null'], ...schema, ...choice };
}

/** A text of at most `most` code points once it is clean; the rule is its length's. */
export function textField(
  rule: RuleName,
  most: number,
  { required, multiline }: { required?: true; multiline?: true } = {},
): Schema {
  const shape = { multiline: multiline ?? false };
  const judge = (typed: string): Judged<string> => {
    const value = normalizeText(typed, shape);
    if (hasForbiddenCharacters(value, shape)) {
      return multiline
        ? { rule: 'forbidden_characters', variant: 'multiline' }
        : { rule: 'forbidden_characters' };
    }
    return countCodePoints(value) > most ? { rule } : { value };
  };
  return field({
    ...{ rule, judge, describe: { maxLength: most } },
    ...(required && { required }),
    ...(multiline && { multiline }),
  });
}

/** One of a closed list. */
export function choiceField(rule: RuleName, values: readonly string[], required?: true): Schema {
  const judge = (typed: string): Judged<string> => {
    const value = values.find((known) => known === trimWhiteSpace(typed));
    return value === undefined ? { rule } : { value };
  };
  return field({ rule, judge, describe: { enum: [...values] }, ...(required && { required }) });
}

function judgeEmail(typed: string): Judged<string> {
  if (hasForbiddenCharacters(trimWhiteSpace(typed), { multiline: false }))
    return { rule: 'forbidden_characters' };
  const normalized = normalizeEmail(typed);
  return normalized.ok ? { value: normalized.email } : { rule: normalized.rule };
}

function judgePhone(typed: string, { phoneRegion }: RuleContext): Judged<string> {
  // Judged when cleaned: direction marks around a number from a contact card are not the visitor's doing.
  if (hasForbiddenCharacters(cleanPhoneText(typed), { multiline: false }))
    return { rule: 'forbidden_characters' };
  const normalized = normalizePhone(typed, phoneRegion);
  return normalized.ok ? { value: normalized.phone } : { rule: 'phone_format_if_provided' };
}

/** The contact fields, in the order of the form. */
export const contactFieldSchemas = {
  first_name: textField('name_field_length', limits.name, { required: true }),
  last_name: textField('name_field_length', limits.name, { required: true }),
  email: field({
    rule: 'email_format',
    required: true,
    judge: judgeEmail,
    describe: { format: 'idn-email', maxLength: limits.email },
  }),
  phone: field({
    rule: 'phone_format_if_provided',
    judge: judgePhone,
    describe: { description: 'Any way of writing a phone number; E.164 is what becomes of it where it can.' },
  }),
  organization_name: textField('organization_name_length', limits.organizationName, { required: true }),
  role_title: textField('role_title_length', limits.roleTitle, { required: true }),
  organization_size: choiceField('organization_size_enum_constraint', organizationSizes),
  current_solution: textField('current_solution_length', limits.currentSolution, { multiline: true }),
  preferred_demo_timing: textField('preferred_demo_timing_length', limits.preferredDemoTiming),
  notes: textField('notes_length_limit', limits.notes, { multiline: true }),
};

/** The channel that sales must name for a lead of its own. */
export const sourceSchema = choiceField('source_enum_constraint', sources, true);
