import type { Attribution } from './fields.ts';
import { attributionFieldNames, limits } from './fields.ts';
import { countCodePoints, hasForbiddenCharacters, normalizeText } from './text.ts';

/**
 * Reads what marketing's links added to a submission, or null if nothing of use is there. Keeps the known
 * members that are clean text of at most 2,000 characters and drops every other: tracking must never lose a
 * lead, so nothing here is an error, and nothing is cut. Never throws.
 */
export function parseAttribution(value: unknown): Attribution | null {
  if (typeof value !== 'object' || value === null) return null;
  const attribution: Attribution = {};
  for (const name of attributionFieldNames) {
    const member = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (typeof member !== 'string') continue;
    const text = normalizeText(member, { multiline: false });
    const isUsable = text !== '' && !hasForbiddenCharacters(text, { multiline: false });
    if (isUsable && countCodePoints(text) <= limits.attribution) attribution[name] = text;
  }
  return Object.keys(attribution).length > 0 ? attribution : null;
}
