import type { CountryCode, PhoneNumber } from 'libphonenumber-js/max';
import {
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { limits } from './fields.ts';
import { fewestDigits, isPlausiblePhone, withoutLabel } from './phone-text.ts';
import { countCodePoints, trimWhiteSpace } from './text.ts';

/** ISO 3166 two-letter code of the country in whose plan a number without a country code is read. */
export type PhoneRegion = CountryCode;

export type NormalizedPhone = { ok: true; phone: string } | { ok: false };

/** Beyond this nobody typed one phone number, and the library is not asked. */
const longestInput = 100;

/** True if `value` is a region that the library has a number plan for (for the check of the configuration). */
export function isPhoneRegion(value: string): value is PhoneRegion {
  return isSupportedCountry(value);
}

/**
 * Gives the one spelling of a phone number (seed rule `phone_format_if_provided`): E.164 (`+4740612345`) where
 * libphonenumber says that the number is valid; else, if it looks like phone numbers, the text as typed, at most
 * 40 characters, without invisible characters and with ASCII digits. A marked extension (`ext. 402`) is left out
 * of E.164, which cannot carry it; the submission keeps it as typed. As typed stay: numbers of an unknown plan
 * and two numbers in one field. `+` and digits alone always means a valid number: of another in that very form, one that
 * is possible gets a space behind its country code. Not ok: words, fewer than five digits behind the country code (an
 * emergency or a short service number), and the form of E.164 with an unknown country or a wrong number of digits. Never
 * throws; doing it twice is doing it once.
 */
export function normalizePhone(input: string, defaultRegion: PhoneRegion): NormalizedPhone {
  const typed = cleanPhoneText(input);
  if (typed.length > longestInput || !isPlausiblePhone(typed)) return { ok: false };

  const number = withoutLabel(typed).replace(countryCodeInParentheses, '$1 ');
  const reading = read(number, defaultRegion);
  const withoutTrunkZero = dropTrunkZero(number);
  const placed = place(reading, number) ?? place(read(withoutTrunkZero, defaultRegion), withoutTrunkZero);
  if (placed !== undefined && !endOfSecondNumber.test(number)) return { ok: true, phone: placed };

  const isShort = reading !== undefined && reading.nationalNumber.length < fewestDigits;
  if (isShort || countCodePoints(typed) > limits.phone) return { ok: false };
  if (!looksLikeE164.test(typed)) return { ok: true, phone: typed };
  return reading?.isPossible() ? { ok: true, phone: apart(typed, reading) } : { ok: false };
}

/**
 * A number in the very form of E.164 that the library does not know, though its plan has such: ranges are opened sooner
 * than libraries learn of them. A space behind the country code tells it from one that is valid.
 */
function apart(typed: string, { countryCallingCode }: PhoneNumber): string {
  const length = 1 + countryCallingCode.length;
  return `${typed.slice(0, length)} ${typed.slice(length)}`;
}

/**
 * The typed text without what cannot be seen: direction marks and zero-width characters come along when
 * a number is copied from a contact card. Any space becomes a space, any dash a hyphen, full-width forms
 * and Arabic digits become ASCII.
 */
export function cleanPhoneText(input: string): string {
  return trimWhiteSpace(
    input
      .replace(/\p{Default_Ignorable_Code_Point}/gv, '')
      .replace(/\p{Zs}/gv, ' ')
      .replace(/[\p{Pd}\u2212]/gv, '-')
      .replace(/[\uFF01-\uFF5E]/gv, (character) => shifted(character, 0xff01 - 0x21))
      .replace(/[\u0660-\u0669]/gv, (digit) => shifted(digit, 0x660 - 0x30))
      .replace(/[\u06F0-\u06F9]/gv, (digit) => shifted(digit, 0x6f0 - 0x30)),
  );
}

function shifted(character: string, distance: number): string {
  return String.fromCharCode(character.charCodeAt(0) - distance);
}

/** `(+47) 406…`: read by the library only when it may search in text, which would find numbers in prose. */
const countryCodeInParentheses = /^\( *(\+ *\d{1,3}) *\)/v;
/**
 * `+47 (0) 406…`: a habit from countries with a trunk zero, which Norway has not. Dropped only right behind
 * a country code: without one, the zero says that the number is from elsewhere, and further on it is a digit.
 */
const trunkZero = /^((?:\+|00) *(\d{1,3}) *)\( *0 *\)/v;
const callingCodes: ReadonlySet<string> = new Set(
  getCountries().map((country) => getCountryCallingCode(country)),
);

function dropTrunkZero(number: string): string {
  const code = trunkZero.exec(number)?.[2] ?? '';
  return callingCodes.has(code) ? number.replace(trunkZero, '$1 ') : number;
}

const looksLikeE164 = /^\+\d+$/v;
/** `21 23 45 66/67`: one or two digits behind a slash are the end of a second number, not of this one. */
const endOfSecondNumber = /\/ *\d{1,2}$/v;

/** What the library makes of a text that is a number and nothing else, valid or not. */
function read(number: string, defaultCountry: PhoneRegion): PhoneNumber | undefined {
  return parsePhoneNumberFromString(number, { defaultCountry, extract: false });
}

/** `ext. 402`, `x 402`, `;ext=402`: what the library calls an extension behind a bare comma may be a second number. */
const markedExtension = /\p{L}[^\p{L}\d]*\d{1,7}$/v;

/** The number in E.164 if the library is certain of it, else undefined. */
function place(reading: PhoneNumber | undefined, number: string): string | undefined {
  if (!reading?.isValid()) return undefined;
  return reading.ext === undefined || markedExtension.test(number) ? reading.number : undefined;
}
