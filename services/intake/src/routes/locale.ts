import { type Locale, localeOfTag, parseLocale } from '@meander/lead';
import type { Request } from 'express';

/** The language of the answer: the form's own, else that of the address (`?lang=en`), else the browser's, else Norwegian. */
export function requestLocale(req: Request): Locale {
  const body = req.body as Record<string, unknown> | undefined;
  const asked = parseLocale(body?.locale) ?? localeOfTag(req.query.lang);
  return asked ?? (req.acceptsLanguages(['nb', 'no', 'nn', 'en']) === 'en' ? 'en' : 'nb');
}
