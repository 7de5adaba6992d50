import type { Knex } from 'knex';

/**
 * The owners of the database's columns, as roles without login. A service either logs in as a member of its
 * role or takes the role when it connects; what a role may touch is granted table by table in later
 * migrations. Roles belong to the whole server, so an existing one is kept (another database may use it), and
 * another database's migration may be making them at this moment (which PostgreSQL reports as an internal error).
 */
export const roles = [
  'meander_messaging',
  'meander_intake',
  'meander_notification',
  'meander_pipeline',
] as const;

export async function up(trx: Knex): Promise<void> {
  for (const role of roles) {
    await trx.raw(`
      DO $$ BEGIN
        CREATE ROLE ${role} NOLOGIN;
      EXCEPTION WHEN duplicate_object OR unique_violation OR internal_error THEN NULL;
      END $$`);
    // The owner of the schema must be able to take each role; a superuser can anyway.
    await trx.raw(`
      DO $$ BEGIN
        IF NOT pg_has_role(current_user, '${role}', 'MEMBER') THEN
          EXECUTE format('GRANT ${role} TO %I', current_user);
        END IF;
      END $$`);
  }
  for (const member of roles.slice(1)) {
    await trx.raw(`
      DO $$ BEGIN
        IF NOT pg_has_role('${member}', 'meander_messaging', 'MEMBER') THEN
          GRANT meander_messaging TO ${member};
        END IF;
      EXCEPTION WHEN unique_violation OR internal_error THEN NULL;
      END $$`);
  }
  for (const schema of ['messaging', 'intake', 'notification', 'pipeline']) {
    await trx.raw(`CREATE SCHEMA ${schema}`);
    await trx.raw(`GRANT USAGE ON SCHEMA ${schema} TO meander_${schema}`);
  }
}
