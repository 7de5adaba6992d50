import type { Locale } from '@meander/lead';

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** A span in its largest unit, in words: `3 timer`, `2 days`; less than a minute is one. The board's `since.js` says the same. */
export function inWords(seconds: number, locale: Locale): string {
  const [unit, size] = units.find(([, least]) => seconds >= least) ?? units[2];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.max(1, Math.floor(seconds / size)),
  );
}

/** A moment ahead, with its weekday: `fredag 26. mars 2027 kl. 13:00`. */
export function longMoment(date: Date, locale: Locale): string {
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: 'Europe/Oslo',
  }).format(date);
}

/** A moment as people write it, where they are. */
export function moment(date: Date, locale: Locale): string {
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'Europe/Oslo',
  }).format(date);
}
