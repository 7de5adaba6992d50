import { execFile } from 'node:child_process';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Cable, waitUntil } from '@meander/testing';
import pg from 'pg';
import type { Fault, Row } from '../fault.ts';
import { acceptedAtOnce } from '../load/booking.ts';

/** A session of somebody else on the same database. */
async function withSession(url: string, work: (session: pg.Client) => Promise<void>): Promise<void> {
  const session = new pg.Client({ connectionString: url, application_name: 'somebody-else' });
  session.on('error', () => {});
  await session.connect();
  try {
    await work(session);
  } finally {
    await session.end().catch(() => {});
  }
}

const endSessions = (state: string) => `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name LIKE 'meander-%' AND state LIKE '${state}'`;

/** Waits until intake takes bookings again, and tells how long that took. */
async function timeAccepting({ load, time }: Row): Promise<void> {
  const back = performance.now();
  await waitUntil('bookings are taken again', async () => acceptedAtOnce(await load.book()), 30);
  time('bookings taken again', performance.now() - back);
}

/** A row in which the line to PostgreSQL is disturbed for so many seconds, and then is as before. */
function lineDisturbed(name: string, what: string, seconds: number, disturb: (line: Cable) => void): Fault {
  return {
    name,
    what,
    answers: 'refused',
    async inject(row) {
      const line = row.world.cables.database;
      row.heal(() => line.plugIn());
      disturb(line);
      await row.hold(seconds);
      line.plugIn();
      await timeAccepting(row);
    },
  };
}

export const databaseFaults: readonly Fault[] = [
  {
    name: 'database-restarted',
    what: 'PostgreSQL is stopped and started again.',
    answers: 'refused',
    async inject(row) {
      await row.world.database.restart();
      await timeAccepting(row);
    },
  },
  {
    name: 'database-killed',
    what: 'PostgreSQL is killed (SIGKILL) and recovers from its log.',
    answers: 'refused',
    async inject(row) {
      await row.world.database.crash();
      await row.hold(1);
      await row.world.database.start();
      await timeAccepting(row);
    },
  },
  {
    name: 'sessions-ended-idle',
    what: 'Every idle session is ended (57P01), the relay’s as well.',
    cases: ['DBS-01'],
    answers: 'refused',
    async inject({ world: { database }, hold }) {
      await database.db.raw(endSessions('idle'));
      await hold(1);
      await database.db.raw(endSessions('idle'));
    },
  },
  {
    name: 'sessions-ended-at-work',
    what: 'Sessions are ended in the middle of their transactions, again and again.',
    answers: 'refused',
    async inject({ world: { database }, hold, note }) {
      let ended = 0;
      for (let time = 0; time < 60; time += 1) {
        const { rowCount } = await database.db.raw(
          `${endSessions('%')} AND state IN ('active', 'idle in transaction')`,
        );
        ended += rowCount;
        await hold(0.03);
      }
      note(`${ended} ended`);
    },
  },
  {
    name: 'pool-exhausted',
    what: 'The table of leads is locked: every connection of the pools waits. 503 in time, and readiness turns red.',
    cases: ['DBS-07'],
    answers: 'refused',
    async inject({ world: { database, fleet }, hold }) {
      await withSession(database.url, async (session) => {
        await session.query('BEGIN; LOCK TABLE leads IN ACCESS EXCLUSIVE MODE');
        await waitUntil('readiness turns red', async () => {
          const [copy] = fleet.of('intake');
          return copy && (await fetch(`${copy.url}/readyz`)).status === 503;
        });
        await hold(3);
      });
    },
  },
  {
    name: 'lead-locked',
    what: 'Somebody holds the row of one lead: its own bookings wait or are refused, all others are taken.',
    answers: 'refused',
    async inject({ world: { database }, load, hold, expect }) {
      const locked = await load.book();
      await withSession(database.url, async (session) => {
        await session.query('BEGIN');
        await session.query('SELECT FROM leads WHERE email = $1 FOR UPDATE', [locked.email]);
        const waiting = load.book(locked.email);
        const others = await Promise.all([load.book(), load.book(), load.book()]);
        expect(others.every(acceptedAtOnce), 'a lock on one lead holds up the bookings of others');
        await hold(1);
        await session.query('ROLLBACK');
        await waiting;
      });
    },
  },
  {
    name: 'deadlock',
    what: 'A booking and somebody else wait for each other; the booking is the victim, and is tried again.',
    cases: ['DBS-03'],
    // It is accepted, and expected to be below; but the suite itself decides how long it waits.
    answers: 'refused',
    async inject({ world: { database }, load, heal, expect, note }) {
      const { db } = database;
      const known = await load.book();
      const key = 4711;
      heal(() => db.raw('DROP TRIGGER IF EXISTS fault ON messaging.outbox'));
      const { id } = await db('leads').where({ email: known.email }).first('id');
      // The booking holds its lead and waits here for the other session, which waits for the lead.
      await db.raw(`
        CREATE OR REPLACE FUNCTION public.fault_wait() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(${key}); RETURN NEW; END $$;
        CREATE TRIGGER fault BEFORE INSERT ON messaging.outbox FOR EACH ROW
          WHEN (NEW.subject = '${id}' AND NEW.type = 'LeadRebooked') EXECUTE FUNCTION public.fault_wait()`);
      const deadlocks = async () => {
        const { rows } = await db.raw(
          `SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`,
        );
        return rows[0].deadlocks as number;
      };
      const before = await deadlocks();
      await withSession(database.url, async (session) => {
        // Whoever looks first is the victim: this session does not look.
        await session.query(`SET deadlock_timeout = '1h'; BEGIN; SELECT pg_advisory_xact_lock(${key})`);
        const booking = load.book(known.email);
        await waitUntil('the booking waits', async () => {
          const { rows } = await db.raw(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
          return rows.length > 0;
        });
        await session.query('SELECT FROM leads WHERE id = $1 FOR UPDATE', [id]);
        await session.query('ROLLBACK');
        expect(acceptedAtOnce(await booking), 'a deadlock was answered with an error');
      });
      const found = await waitUntil('the deadlock is counted', async () => (await deadlocks()) - before);
      note(`${found} deadlocks`);
    },
  },
  {
    name: 'outbox-refuses',
    what: 'The event cannot be written (53100): neither is the lead. Later the same booking is taken.',
    cases: ['DBS-11'],
    answers: 'refused',
    async inject({ world: { database }, heal, hold, load, expect }) {
      const { db } = database;
      heal(() => db.raw('DROP TRIGGER IF EXISTS fault ON messaging.outbox'));
      await db.raw(`
        CREATE OR REPLACE FUNCTION public.fault_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER fault BEFORE INSERT ON messaging.outbox FOR EACH ROW EXECUTE FUNCTION public.fault_refuse()`);
      const refused = await load.book();
      expect(!refused.reference, 'a booking was accepted without its event');
      const lead = await db('leads').where({ email: refused.email }).first('id');
      expect(lead === undefined, 'a lead was written without its event');
      await hold(1);
    },
  },
  {
    name: 'disk-full',
    what: 'The disk under the submissions is full (a small tmpfs): 503, nothing half-written, and on it goes.',
    answers: 'refused',
    impossible: () => (process.getuid?.() === 0 ? undefined : 'only root may mount a small disk'),
    async inject({ world, heal, hold, load, expect }) {
      const { db } = world.database;
      const disk = join(world.folder, 'database', 'small-disk');
      const execute = promisify(execFile);
      await mkdir(disk, { recursive: true });
      heal(async () => void (await execute('umount', [disk])));
      const { uid, gid } = await stat(join(world.folder, 'database', 'postgres'));
      await execute('mount', ['-t', 'tmpfs', '-o', `size=4m,mode=700,uid=${uid},gid=${gid}`, 'tmpfs', disk]);
      await db.raw(`CREATE TABLESPACE small LOCATION '${disk}'`);
      heal(async () => {
        await db.raw('ALTER TABLE intake.submissions SET TABLESPACE pg_default');
        await db.raw('DROP TABLESPACE small');
      });
      await db.raw('ALTER TABLE intake.submissions SET TABLESPACE small');
      const ballast = join(disk, 'ballast');
      heal(() => rm(ballast));
      await writeFile(ballast, Buffer.alloc(8 << 20)).catch(() => {});
      await waitUntil('bookings are refused', async () => !acceptedAtOnce(await load.book()));
      await hold(1);
      expect(world.fleet.all().length > 0, 'no copy is left');
    },
  },
  {
    name: 'database-read-only',
    what: 'A failover leaves a server that takes no writes (25006); later it does, without a restart of ours.',
    cases: ['DBS-05'],
    answers: 'refused',
    async inject({ world: { database }, heal, hold, load, expect }) {
      const { db } = database;
      heal(async () => {
        await db.raw('BEGIN READ WRITE; ALTER DATABASE meander RESET default_transaction_read_only; COMMIT');
        await db.raw(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'faults' AND pid <> pg_backend_pid()`,
        );
      });
      await db.raw('ALTER DATABASE meander SET default_transaction_read_only = on');
      await db.raw(endSessions('%'));
      const refused = await load.book();
      expect(!refused.reference, 'a booking was accepted by a server that takes no writes');
      await hold(1);
    },
  },
  {
    name: 'schema-changes',
    what: 'A column is added to the leads, and statistics gathered, while bookings arrive.',
    cases: ['DBS-15'],
    answers: 'refused',
    async inject({ world: { database }, hold }) {
      await database.db.raw('ALTER TABLE leads ADD COLUMN fault text');
      await database.db.raw('ANALYZE leads');
      await hold(1);
      await database.db.raw('ALTER TABLE leads DROP COLUMN fault');
      await hold(0.5);
    },
  },
  lineDisturbed(
    'database-line-pulled',
    'The line to PostgreSQL is pulled out, and put in again.',
    2,
    (line) => line.pull(),
  ),
  lineDisturbed(
    'database-line-frozen',
    'PostgreSQL answers nothing for six seconds, and then goes on.',
    6,
    (line) => line.freeze(),
  ),
  {
    name: 'database-line-half-open',
    what: 'Every connection to PostgreSQL is dead, and neither end knows: the relay’s lock must not stay behind.',
    answers: 'refused',
    async inject(row) {
      row.world.cables.database.loseTrack();
      await timeAccepting(row);
    },
  },
];
