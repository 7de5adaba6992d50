import type { Knex } from 'knex';

const lines = [
  'first_name',
  'last_name',
  'organization_name',
  'role_title',
  'phone',
  'preferred_demo_timing',
];
const texts = ['current_solution', 'notes'];

/** White space, and what has no ink either: the inside of a bracket expression. */
const blank =
  '\\u0009-\\u000D\\u0020\\u0085\\u00A0\\u00AD\\u1680\\u180E\\u2000-\\u200B\\u200E\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF';
/** Control characters but tab and newline, what turns the direction of a text, and what Unicode gives to nobody. */
const forbidden =
  '\\u0001-\\u0008\\u000B-\\u001F\\u007F-\\u009F\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069\\uFDD0-\\uFDEF\\uFFFE\\uFFFF';

/**
 * The bounds of @meander/lead more closely, for writers that are not ours: an address is one dot-atom at a host name, so
 * that nobody slips a list into the To of a mail; a text can be seen, and one of a line has nothing blank around it; a
 * phone has five digits; and times are such as a calendar has. Rows that the services have written hold to all of it.
 */
export async function up(trx: Knex): Promise<void> {
  const atom = "[a-z0-9!#$%&''*+/=?^_`{|}~-]+";
  const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
  // A question mark is a placeholder to knex unless it is escaped.
  const address = `^${atom}(\\.${atom})*@(${label}\\.)+([a-z]{2,}|xn--[a-z0-9-]+)$`.replaceAll('?', '\\?');
  const all = (columns: readonly string[], judge: (column: string) => string) =>
    columns.map((column) => `(${judge(column)})`).join(' AND ');
  const instants = ['created_at', 'updated_at', 'last_booked_at', 'confirmation_sent_at'];

  await trx.raw(`
    ALTER TABLE leads
      DROP CONSTRAINT email_format,
      DROP CONSTRAINT forbidden_characters,
      DROP CONSTRAINT phone_format_if_provided,
      ADD CONSTRAINT email_format CHECK (email ~ '${address}' AND split_part(email, '@', 2) !~ '[^.]{64}'),
      ADD CONSTRAINT forbidden_characters CHECK (
        ${all(lines, (column) => `${column} !~ '[\\u0009\\u000A\\u2028\\u2029${forbidden}]'`)}
        AND ${all(texts, (column) => `${column} !~ '[${forbidden}]'`)}),
      ADD CONSTRAINT phone_format_if_provided CHECK (
        char_length(phone) BETWEEN 5 AND 40 AND phone ~ '([0-9][^0-9]*){5}'),
      ADD CONSTRAINT required_fields_present CHECK (
        ${all([...lines, ...texts], (column) => `${column} ~ '[^${blank}]'`)}),
      ADD CONSTRAINT text_trimmed CHECK (${all(lines, (column) => `${column} !~ '^[${blank}]|[${blank}]$'`)}),
      ADD CONSTRAINT version_positive CHECK (version >= 1),
      ADD CONSTRAINT times_of_the_calendar CHECK (
        ${all(instants, (column) => `${column} > '0001-01-01Z' AND ${column} < '10000-01-01Z'`)})`);
}
