import { createStack, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roles } from './migrations/0001-roles-and-schemas.ts';
import { type Owner, privileges, type TablePrivileges } from './privileges.ts';

const verbs = ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'] as const;
type Verb = (typeof verbs)[number];
const byColumn = new Set<Verb>(['select', 'insert', 'update', 'references']);
const owners = roles.map((role) => role.replace('meander_', '') as Owner);

/** All tables and views of the database that are not PostgreSQL's own. */
const relations = `
  SELECT c.oid, n.nspname || '.' || c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

let stack: Stack;
let columns: Map<string, string[]>;

beforeAll(async () => {
  stack = await createStack();
  const { rows } = await stack.db.raw(`
    SELECT t.name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
    FROM (${relations}) t JOIN pg_attribute a ON a.attrelid = t.oid
    WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY t.name`);
  columns = new Map(rows.map((row: { name: string; columns: string[] }) => [row.name, row.columns]));
});

afterAll(() => stack.drop());

/** What the catalog says that a role may do, inherited rights and those of PUBLIC included. */
async function inCatalog(): Promise<Record<string, Record<string, Record<string, string>>>> {
  const { rows } = await stack.db.raw(
    `SELECT t.name, r.role, v.verb,
       CASE WHEN has_table_privilege('meander_' || r.role, t.oid, v.verb) THEN 'all'
       WHEN v.verb = ANY(?) THEN (
         SELECT string_agg(a.attname, ' ' ORDER BY a.attnum) FROM pg_attribute a
         WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
           AND has_column_privilege('meander_' || r.role, t.oid, a.attnum, v.verb)) END AS held
     FROM (${relations}) t CROSS JOIN unnest(?::text[]) r(role) CROSS JOIN unnest(?::text[]) v(verb)`,
    [[...byColumn], owners, [...verbs]],
  );
  const held: Record<string, Record<string, Record<string, string>>> = {};
  for (const { name, role, verb, held: what } of rows) {
    const ofTable = held[name] ?? {};
    held[name] = ofTable;
    if (what) ofTable[role] = { ...ofTable[role], [verb]: what };
  }
  return held;
}

/** Statements that change nothing and find nothing, one for each thing that a role might want of a table. */
function* trials(table: string): Generator<{ verb: Verb; column: string; statement: string }> {
  for (const column of columns.get(table) ?? []) {
    yield { verb: 'select', column, statement: `SELECT ${column} FROM ${table} LIMIT 0` };
    yield { verb: 'update', column, statement: `UPDATE ${table} SET ${column} = DEFAULT WHERE false` };
    yield { verb: 'insert', column, statement: `INSERT INTO ${table} (${column}) VALUES (DEFAULT)` };
  }
  yield { verb: 'delete', column: '*', statement: `DELETE FROM ${table} WHERE false` };
  yield { verb: 'truncate', column: '*', statement: `TRUNCATE ${table}` };
}

const isDeclared = (held: TablePrivileges | undefined, verb: Verb, column: string) => {
  const what = (held as Partial<Record<Verb, string>> | undefined)?.[verb];
  return what === 'all' || (what?.split(' ').includes(column) ?? false);
};

describe('the privileges of the owner roles', () => {
  it('are those that are declared, for every table that there is', async () => {
    expect(await inCatalog()).toEqual(privileges);
  });

  it.each(owners)(
    'deny meander_%s every column and statement that is not declared, and no other',
    async (owner) => {
      // Runs a statement as whoever calls, undoes it, and tells whether it was permitted.
      await stack.db.raw(`
      CREATE OR REPLACE FUNCTION public.is_permitted(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE statement;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZ000';
      EXCEPTION
        WHEN insufficient_privilege THEN RETURN false;
        WHEN OTHERS THEN RETURN true;
      END $$`);
      const all = [...columns.keys()].flatMap((table) =>
        [...trials(table)].map((trial) => ({ table, ...trial })),
      );
      const answers: boolean[] = await stack.db.transaction(async (trx) => {
        await trx.raw(`SET LOCAL ROLE meander_${owner}`);
        const { rows } = await trx.raw(
          'SELECT public.is_permitted(s) AS permitted FROM unnest(?::text[]) WITH ORDINALITY t(s, n) ORDER BY n',
          [all.map(({ statement }) => statement)],
        );
        return rows.map(({ permitted }: { permitted: boolean }) => permitted);
      });
      const wrong = all.filter(
        ({ table, verb, column }, at) => isDeclared(privileges[table]?.[owner], verb, column) !== answers[at],
      );
      expect(wrong.map(({ statement }) => statement)).toEqual([]);
      expect(answers.filter((permitted) => !permitted).length).toBeGreaterThan(100);
    },
  );

  it('reach no schema but those that their tables stand in', async () => {
    const { rows } = await stack.db.raw(
      `SELECT r.role, n.nspname AS schema FROM unnest(?::text[]) r(role) CROSS JOIN pg_namespace n
       WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
         AND has_schema_privilege('meander_' || r.role, n.oid, 'USAGE')`,
      [owners],
    );
    const schemasOf = (owner: Owner) => {
      const tables = Object.keys(privileges).filter((table) => privileges[table]?.[owner]);
      return [...new Set(['public', ...tables.map((table) => table.split('.')[0] ?? '')])].sort();
    };
    for (const owner of owners) {
      const reached = rows.filter(({ role }: { role: string }) => role === owner);
      expect(reached.map(({ schema }: { schema: string }) => schema).sort()).toEqual(schemasOf(owner));
    }
  });

  it('make nothing: no role owns a relation, may create in a schema, or is more than a plain one', async () => {
    const { rows } = await stack.db.raw(
      `SELECT rolname FROM pg_roles r WHERE rolname = ANY(?) AND (
         rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication OR rolcanlogin
         OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid)
         OR EXISTS (SELECT FROM pg_namespace n WHERE has_schema_privilege(r.oid, n.oid, 'CREATE')))`,
      [[...roles]],
    );
    expect(rows).toEqual([]);
  });

  it('lend a function that runs as its owner to nobody by mistake', async () => {
    const { rows } = await stack.db.raw(`
      SELECT n.nspname || '.' || p.proname AS name, p.prorettype::regtype::text AS returns, p.proconfig
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE p.prosecdef AND n.nspname !~ '^pg_' ORDER BY name`);
    // A trigger function cannot be called; the search path is fixed, so nobody slips a table in front.
    const proconfig = [expect.stringMatching(/^search_path=/)];
    expect(rows).toEqual([
      { name: 'public.lead_count', returns: 'trigger', proconfig },
      { name: 'public.lead_mark_synthetic', returns: 'trigger', proconfig },
      { name: 'public.lead_record_changes', returns: 'trigger', proconfig },
      // Takes away made-up leads and no other: test/synthetic.e2e.test.ts.
      { name: 'public.remove_synthetic_lead', returns: 'boolean', proconfig },
    ]);
  });
});
