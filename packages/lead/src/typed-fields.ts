import { ownFields } from './check-body.ts';
import { contactFieldNames, parseLocale } from './fields.ts';

/**
 * What was typed into the fields that we know, as a submission keeps it: their texts, before anything was normalised.
 * Everything else in the body is forgotten here, and so is a locale that is none of ours: nobody has judged what it
 * holds, and not every value of JSON is one that PostgreSQL can keep. Never throws.
 *
 * @param body has passed the rules, or is only shown to whoever typed it
 * @param more fields besides those of the form which these rules have judged as well
 */
export function typedFields(body: unknown, more: readonly string[] = []): Record<string, string> {
  const given = ownFields(body);
  const isKept = (name: string) =>
    typeof given[name] === 'string' && (name !== 'locale' || parseLocale(given[name]) !== undefined);
  const names = [...contactFieldNames, ...more, 'locale'].filter(isKept);
  return Object.fromEntries(names.map((name) => [name, given[name] as string]));
}
