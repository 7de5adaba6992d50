import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The transaction of a booking as a service would write it without thinking twice: each change a statement of its
 * own. Random ids are made by the server, which takes it microseconds.
 */
const script = `
BEGIN;
INSERT INTO leads (id, masked_ref, email, first_name, last_name, phone, organization_name, role_title,
  organization_size, current_solution, preferred_demo_timing, notes, locale, ip_address)
VALUES (gen_random_uuid(), translate(substr(md5(random()::text), 1, 22), '0', 'z'),
  'visitor.' || gen_random_uuid() || '@example.com', 'Kari', 'Nordmann', '+4740612345',
  'Fjellbygda frivilligsentral', 'Koordinator', '11-50', 'Excel og Word-skjemaer', 'Ukedager etter kl. 13',
  'Vi er 14 likepersoner i dag.', 'nb', '10.1.2.3')
ON CONFLICT (email) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
  phone = coalesce(excluded.phone, leads.phone), booking_count = leads.booking_count + 1
RETURNING id AS lead_id, version AS lead_version
\\gset
INSERT INTO intake.submissions (id, lead_id, lead_version, received_at, fields, ip_address)
VALUES (gen_random_uuid(), :lead_id, :lead_version, clock_timestamp(),
  '{"email":"visitor@example.com","first_name":"Kari","last_name":"Nordmann","phone":"406 12 345","organization_name":"Fjellbygda frivilligsentral","role_title":"Koordinator","organization_size":"11-50","current_solution":"Excel og Word-skjemaer","preferred_demo_timing":"Ukedager etter kl. 13","notes":"Vi er 14 likepersoner i dag."}',
  '10.1.2.3');
INSERT INTO messaging.outbox (event_id, type, routing_key, subject, event)
VALUES (gen_random_uuid(), 'LeadCreated', 'lead.created', :lead_id,
  '{"specversion":"1.0","type":"LeadCreated","source":"/meander/intake","datacontenttype":"application/json","dataschema":"urn\\u003ameander\\u003aevent\\u003aLeadCreated\\u003a1","data":{"status":"new","version":1,"booking_count":1}}');
COMMIT;
`;

export interface Pgbench {
  version: string;
  /** Runs the transaction over so many connections for so many whole seconds; tells the transactions a second. */
  run(databaseUrl: string, options: { clients: number; seconds: number; stop: AbortSignal }): Promise<number>;
}

/** PostgreSQL's own benchmark program, the newest that is installed; undefined where none is. */
export async function findPgbench(): Promise<Pgbench | undefined> {
  const versionOf = (file: string) => Number(/\/(\d+)\/bin/.exec(file)?.[1] ?? 0);
  const installed = globSync('/usr/lib/postgresql/*/bin/pgbench').sort((a, b) => versionOf(b) - versionOf(a));
  for (const program of [...installed, 'pgbench']) {
    try {
      const { stdout } = await promisify(execFile)(program, ['--version']);
      return { version: /[\d.]+/.exec(stdout)?.[0] ?? '?', run: (...args) => run(program, ...args) };
    } catch {}
  }
  return undefined;
}

async function run(
  program: string,
  databaseUrl: string,
  { clients, seconds, stop }: Parameters<Pgbench['run']>[1],
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'meander-bench-'));
  try {
    const file = join(folder, 'booking.sql');
    await writeFile(file, script);
    const { hostname, port, username, password, pathname } = new URL(databaseUrl);
    const child = spawn(
      program,
      ['--no-vacuum', '--protocol=prepared', '-f', file, '-c', `${clients}`, '-j', '2', '-T', `${seconds}`],
      {
        signal: stop,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          PGHOST: hostname,
          PGPORT: port || '5432',
          PGUSER: decodeURIComponent(username),
          PGPASSWORD: decodeURIComponent(password),
          PGDATABASE: pathname.slice(1),
          PGOPTIONS: '-c role=meander_intake',
        },
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    await once(child, 'close');
    const rate = /^tps = ([\d.]+)/m.exec(output)?.[1];
    if (rate === undefined) throw new Error(`pgbench: ${output.trim().slice(-400)}`);
    return Number(rate);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
