import type { Knex } from 'knex';

/**
 * The Lead (seed/lead.txt). CHECK constraints carry the names of the validation rules, so that a violation by
 * any writer names the rule that it broke; none of them is reached by a value that @meander/lead let through.
 */
export async function up(trx: Knex): Promise<void> {
  // Control characters, except tab and newline where the field has several lines. NUL cannot be stored at all.
  const oneLine = (column: string) => `${column} !~ '[\\u0001-\\u001F\\u007F-\\u009F]'`;
  const manyLines = (column: string) => `${column} !~ '[\\u0001-\\u0008\\u000B-\\u001F\\u007F-\\u009F]'`;
  const filled = (column: string, most: number) => `char_length(${column}) BETWEEN 1 AND ${most}`;

  await trx.raw(`
    CREATE TABLE leads (
      id                    uuid PRIMARY KEY,
      first_name            text NOT NULL,
      last_name             text NOT NULL,
      email                 text NOT NULL,
      phone                 text,
      organization_name     text NOT NULL,
      role_title            text NOT NULL,
      organization_size     text,
      current_solution      text,
      preferred_demo_timing text,
      notes                 text,
      status                text NOT NULL DEFAULT 'new',
      source                text NOT NULL DEFAULT 'website',
      masked_ref            text NOT NULL,
      ip_address            inet,
      confirmation_sent_at  timestamptz,
      created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
      booking_count         int NOT NULL DEFAULT 1,
      last_booked_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
      locale                text,
      version               int NOT NULL DEFAULT 1,

      CONSTRAINT email_format CHECK (
        email !~ '[A-Z]' AND email ~ '^[\\u0021-\\u003F\\u0041-\\u007E]+@[a-z0-9]([a-z0-9-]*[a-z0-9]){0,1}(\\.[a-z0-9]([a-z0-9-]*[a-z0-9]){0,1})+$'),
      CONSTRAINT email_length_limit CHECK (
        char_length(email) <= 254 AND char_length(split_part(email, '@', 1)) <= 64),
      CONSTRAINT name_field_length CHECK (${filled('first_name', 100)} AND ${filled('last_name', 100)}),
      CONSTRAINT organization_name_length CHECK (${filled('organization_name', 200)}),
      CONSTRAINT role_title_length CHECK (${filled('role_title', 150)}),
      CONSTRAINT phone_format_if_provided CHECK (char_length(phone) BETWEEN 3 AND 40 AND phone ~ '[0-9]'),
      CONSTRAINT current_solution_length CHECK (${filled('current_solution', 500)}),
      CONSTRAINT preferred_demo_timing_length CHECK (${filled('preferred_demo_timing', 200)}),
      CONSTRAINT notes_length_limit CHECK (${filled('notes', 5000)}),
      CONSTRAINT organization_size_enum_constraint CHECK (
        organization_size IN ('1-10', '11-50', '51-200', '201-1000', '1001+')),
      CONSTRAINT status_enum_constraint CHECK (
        status IN ('new', 'contacted', 'qualified', 'demo_scheduled', 'converted', 'lost')),
      CONSTRAINT source_enum_constraint CHECK (
        source IN ('website', 'referral', 'event', 'partner', 'outbound', 'import', 'other')),
      CONSTRAINT locale_enum_constraint CHECK (locale IN ('nb', 'en')),
      CONSTRAINT masked_ref_format CHECK (masked_ref ~ '^[1-9A-HJ-NP-Za-km-z]{22}$'),
      CONSTRAINT booking_count_positive CHECK (booking_count >= 1),
      CONSTRAINT forbidden_characters CHECK (
        ${['first_name', 'last_name', 'organization_name', 'role_title', 'phone', 'preferred_demo_timing'].map(oneLine).join(' AND ')}
        AND ${['current_solution', 'notes'].map(manyLines).join(' AND ')})
    )`);
  await trx.raw('CREATE UNIQUE INDEX idx_lead_email ON leads (email)');
  await trx.raw('CREATE UNIQUE INDEX idx_lead_masked_ref ON leads (masked_ref)');
  await trx.raw('CREATE INDEX idx_lead_status ON leads (status)');
  await trx.raw('CREATE INDEX idx_lead_created_at ON leads (created_at)');
  await trx.raw('CREATE INDEX idx_lead_organization_name ON leads (organization_name)');
}
