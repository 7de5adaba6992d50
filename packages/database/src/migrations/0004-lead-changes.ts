import type { Knex } from 'knex';

/** The contact fields whose overwritten values must stay recoverable. */
const recorded = [
  'first_name',
  'last_name',
  'phone',
  'organization_name',
  'role_title',
  'organization_size',
  'current_solution',
  'preferred_demo_timing',
  'notes',
  'locale',
];

/**
 * Who changed which field of a lead, from what, to what: written by the database in the same statement as the
 * change, so that two posts at one instant cannot blur it. `changed_by` is the transaction's setting
 * `meander.actor`, or the role that was taken. A public form that updates by email lets a stranger overwrite a field; from
 * here sales restores it.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE lead_changes (
      lead_id    uuid NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
      version    int NOT NULL,
      changed_at timestamptz NOT NULL,
      changed_by text NOT NULL,
      changes    jsonb NOT NULL,
      PRIMARY KEY (lead_id, version)
    )`);
  const pairs = recorded.map(
    (field) => `
      IF NEW.${field} IS DISTINCT FROM OLD.${field} THEN
        changed := changed || jsonb_build_object('${field}', jsonb_build_object('before', OLD.${field}, 'after', NEW.${field}));
      END IF;`,
  );
  // SECURITY DEFINER: writers of leads need no right on the history, and so cannot alter it.
  await trx.raw(`
    CREATE FUNCTION lead_record_changes() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE changed jsonb := '{}';
    BEGIN ${pairs.join('')}
      IF changed <> '{}' THEN
        INSERT INTO public.lead_changes (lead_id, version, changed_at, changed_by, changes)
        VALUES (NEW.id, NEW.version, NEW.updated_at, coalesce(nullif(current_setting('meander.actor', true), ''), nullif(current_setting('role'), 'none'), session_user), changed);
      END IF;
      RETURN NULL;
    END $$`);
  await trx.raw(`
    CREATE TRIGGER lead_record_changes AFTER UPDATE ON leads
    FOR EACH ROW EXECUTE FUNCTION lead_record_changes()`);
}
