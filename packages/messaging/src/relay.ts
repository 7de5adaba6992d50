import {
  backoffDelay,
  createBell,
  type DatabaseAccess,
  distrust,
  type Logger,
  pause,
} from '@meander/runtime';
import { count, linkTo, SpanKind, withSpan } from '@meander/telemetry';
import { type OutboxRow, outboxColumns, toMessage } from './outbox-row.ts';
import type { Publisher } from './publisher.ts';
import { openRelaySession, type RelaySession } from './relay-session.ts';
import { exchanges } from './topology.ts';

export interface Relay {
  start(): void;
  /** True while this one is the active relay. */
  isActive(): boolean;
  /** To be called after a commit that appended an event: publishes it now instead of at the next poll. */
  poke(): void;
  stop(): Promise<void>;
}

const batchSize = 1_000;
/** Batches that are read each behind the last one, before reading begins at the first event again. */
const mostAhead = 20;
/**
 * A batch of more events than this comes of a crowd: the next one begins so many milliseconds after it and brings
 * more at a time, since each costs the database and the broker about the same whatever is in it. Whoever comes alone
 * waits for nobody, and neither does a backlog.
 */
const crowd = { size: 4, apart: 50 };
/** How often a relay looks without being woken, and a standby tries to take over, in milliseconds. */
const interval = { poll: 1_000, takeover: 500, purge: 3_600_000, purgeOn: 1_000 };
/** Published events stay this long for replay, and the inbox remembers as long what was handled. */
const retention = '7 days';

/**
 * Marks what has been published, and tells what is to be published next: one commit and one way there and back. What
 * is neither behind `$2` nor among `$3` is on its way already.
 */
const proceed = {
  name: 'proceed-with-outbox',
  text: `
    WITH published AS (
      UPDATE messaging.outbox SET published_at = clock_timestamp() WHERE id = ANY($1::bigint[])
    )
    SELECT ${outboxColumns} FROM messaging.outbox
    WHERE published_at IS NULL AND id > $2 AND id <> ALL($3::bigint[])
    ORDER BY id LIMIT ${batchSize}`,
};
/** Rows of a table that go at a time: events wait meanwhile, and a statement has its deadline. */
const purgeSize = 5_000;
const purge = [
  { table: 'messaging.outbox', time: 'published_at' },
  { table: 'messaging.inbox', time: 'received_at' },
  { table: 'messaging.attempts', time: 'begun_at' },
].map(
  ({ table, time }) => `
    DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM ${table} WHERE ${time} < now() - interval '${retention}' LIMIT ${purgeSize}))`,
);

/** Deletes some of what is too old, and tells after how many milliseconds the next are due. */
async function purgeSome(session: RelaySession): Promise<number> {
  const counts: number[] = [];
  for (const statement of purge) counts.push((await session.query(statement)).rowCount ?? 0);
  return Math.max(...counts) < purgeSize ? interval.purge : interval.purgeOn;
}

/** Marks those, and reads on from the first event that waits. */
async function proceedWith(
  session: RelaySession,
  published: readonly string[],
): Promise<readonly OutboxRow[]> {
  const { rows } = await session.query<OutboxRow>({ ...proceed, values: [published, 0, published] });
  return rows;
}

/** Marks those, and reads on behind a batch that is on its way: comparing with each of many ids takes longer. */
async function readAhead(
  session: RelaySession,
  published: readonly string[],
  underWay: readonly OutboxRow[],
): Promise<readonly OutboxRow[]> {
  const { rows } = await session.query<OutboxRow>({
    ...proceed,
    values: [published, underWay.at(-1)?.id, []],
  });
  return rows;
}

/** Publishes one batch in order, and tells the ids of the rows that the broker has taken. */
function publishBatch(publisher: Publisher, rows: readonly OutboxRow[]): Promise<string[]> {
  const links = rows.map((row) => linkTo(row)).filter((context) => context !== undefined);
  return withSpan(
    `send ${exchanges.leads}`,
    {
      kind: SpanKind.CLIENT,
      links: links.map((context) => ({ context })),
      attributes: {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'send',
        'messaging.operation.name': 'send',
        'messaging.destination.name': exchanges.leads,
        'messaging.batch.message_count': rows.length,
      },
    },
    async () => {
      const confirmed = await publisher.publish(rows.map(toMessage));
      const ids = rows.filter(({ event_id }) => confirmed.has(event_id)).map(({ id }) => id);
      count.published({}, ids.length);
      return ids;
    },
  );
}

/**
 * Moves events from the outbox to the broker. Any number of relays may run: an advisory lock leaves one
 * active, and the others take over within a second of its end. At least once, in order per lead.
 */
export function createRelay({
  publisher,
  logger,
  ...session
}: {
  database: DatabaseAccess;
  role: string;
  applicationName: string;
  publisher: Publisher;
  logger: Logger;
}): Relay {
  let open: RelaySession | undefined;
  let lead = false;
  const bell = createBell();
  const stopping = new AbortController();
  const stopped = () => stopping.signal.aborted;
  let running = Promise.resolve();

  const work = async () => {
    let lost = false;
    open = await openRelaySession({
      ...session,
      onWake: bell.ring,
      onLost: () => {
        lost = true;
        bell.ring();
      },
    });
    let rows: readonly OutboxRow[] = [];
    /** Published, and not marked yet. */
    let unmarked: readonly string[] = [];
    let ahead = 0;
    let failures = 0;
    let purgeDue = performance.now();
    while (!stopped() && !lost) {
      lead = await open.takeLead();
      if (!lead) {
        await pause(interval.takeover, stopping.signal);
        continue;
      }
      if (performance.now() >= purgeDue) {
        purgeDue = performance.now() + (await purgeSome(open));
      }
      if (rows.length === 0) {
        rows = await proceedWith(open, unmarked);
        unmarked = [];
        if (rows.length === 0) await bell.wait(interval.poll);
        continue;
      }
      // In a backlog the database marks the last batch and finds the next one while the broker has this one. Now and
      // then it begins at the first again: what was committed late may have an earlier place.
      const isFull = rows.length === batchSize;
      ahead = isFull ? (ahead + 1) % mostAhead : 0;
      const nextAt = rows.length > crowd.size && !isFull ? performance.now() + crowd.apart : 0;
      const [published, next] = await Promise.all([
        publishBatch(publisher, rows),
        ahead > 0 && readAhead(open, unmarked, rows),
      ]);
      const waiting = rows.length - published.length;
      if (next && waiting === 0) {
        rows = next;
        unmarked = published;
      } else {
        const early = nextAt - performance.now();
        if (early > 0) await pause(early, stopping.signal);
        rows = await proceedWith(open, next ? published : [...unmarked, ...published]);
        unmarked = [];
      }
      if (waiting > 0) {
        failures += 1;
        if (failures === 1) logger.warn({ waiting }, 'events wait for the broker');
        await pause(backoffDelay(failures, { most: 5_000 }), stopping.signal);
      } else {
        if (failures > 0) logger.info({}, 'events flow again');
        failures = 0;
      }
    }
    if (unmarked.length > 0 && !lost) await proceedWith(open, unmarked);
  };

  const loop = async () => {
    for (let failures = 1; !stopped(); failures += 1) {
      try {
        await work();
        failures = 0;
      } catch (err) {
        const untrusted = distrust(err, 'database', 'DATABASE');
        if (failures === 1) logger.warn({ err }, untrusted ?? 'relay stopped, starting again');
      } finally {
        lead = false;
        await open?.close();
        open = undefined;
      }
      await pause(backoffDelay(Math.max(failures, 1), { most: 5_000 }), stopping.signal);
    }
  };

  return {
    start() {
      running = loop();
    },
    isActive: () => lead,
    poke() {
      if (lead) bell.ring();
      else open?.notify();
    },
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
    },
  };
}
