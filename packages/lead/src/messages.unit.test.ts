import { describe, expect, it } from 'vitest';
import { limits, locales, organizationSizes, sources, statuses } from './fields.ts';
import { messageFor } from './messages.ts';
import { ruleNames } from './rules.ts';

describe('messageFor', () => {
  it('has a sentence for every rule in every language', () => {
    for (const locale of locales) {
      for (const rule of ruleNames) expect(messageFor(rule, locale), rule).toMatch(/^\p{Lu}.+\.$/u);
    }
  });

  it('says it in another way in each language', () => {
    for (const rule of ruleNames) expect(messageFor(rule, 'nb')).not.toBe(messageFor(rule, 'en'));
  });

  it.each([
    ['email_length_limit', limits.email],
    ['email_length_limit', limits.emailLocalPart],
    ['name_field_length', limits.name],
    ['organization_name_length', limits.organizationName],
    ['role_title_length', limits.roleTitle],
    ['current_solution_length', limits.currentSolution],
    ['preferred_demo_timing_length', limits.preferredDemoTiming],
    ['phone_format_if_provided', limits.phone],
    ['notes_length_limit', limits.notes],
    ['demo_minutes_range', limits.demoMinutes.least],
    ['demo_minutes_range', limits.demoMinutes.most],
    ['demo_location_length', limits.demoLocation],
  ] as const)('names the limit of %s: %i', (rule, limit) => {
    for (const locale of locales)
      expect(messageFor(rule, locale).replace(/(\d)\D(\d{3})/, '$1$2')).toContain(`${limit}`);
  });

  it.each([
    ['status_enum_constraint', statuses],
    ['source_enum_constraint', sources],
    ['organization_size_enum_constraint', organizationSizes],
  ] as const)('names every choice of %s', (rule, values) => {
    for (const locale of locales)
      for (const value of values) expect(messageFor(rule, locale)).toContain(value);
  });

  it('does not blame line breaks where they are allowed', () => {
    expect(messageFor('forbidden_characters', 'en')).toMatch(/line breaks/);
    expect(messageFor('forbidden_characters', 'en', 'multiline')).not.toMatch(/line breaks/);
  });

  it('says that a list or an object is no text', () => {
    expect(messageFor('email_format', 'en', 'not-text')).toMatch(/must be one text/);
    expect(messageFor('email_format', 'nb', 'not-text')).toMatch(/må være én tekst/);
  });
});
