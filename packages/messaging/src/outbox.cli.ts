import { parseArgs } from 'node:util';
import { type EventType, routingKeys } from '@meander/lead';
import {
  type Database,
  type DatabaseConfig,
  databaseVariables,
  loadConfig,
  openDatabase,
} from '@meander/runtime';
import { createSay, loadBroker, runCommand, toTable, UsageError } from './command.ts';
import { connectOnce } from './connection.ts';
import { countSelected, readOutbox, replayOutbox, type Selection } from './outbox-archive.ts';
import { createPublisher } from './publisher.ts';
import { queues } from './topology.ts';

const usage = `Usage:
  npm run outbox -- status [--json]
  npm run outbox -- replay --from TIME --to TIME [--queue NAME] [--type TYPE]… [--dry-run] [--json]

status tells what waits for the broker, and what is kept for replay: seven days.
replay publishes once more what was committed from TIME on and before TIME (RFC 3339, such as 2026-01-31T08:00:00Z), oldest
first: to everybody who listens, or with --queue to that one alone. --type may be given again. --dry-run only counts.
Events of the doctor's made-up leads are left out. Consumers must know an event that they had by its id.
Exit code 0: done; 1: not possible as asked; 2: not all was published, and what is told says where to go on.
The database is that of DATABASE_URL, the broker that of AMQP_URL and AMQP_NAME_PREFIX, with which NAME is not to begin.`;

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i;

function readTime(name: string, text: string | undefined): Date {
  const read = new Date(text ?? '');
  if (text === undefined || !time.test(text) || Number.isNaN(read.getTime()))
    throw new UsageError(`--${name} takes a time with its zone, such as 2026-01-31T08:00:00Z`);
  return read;
}

function readType(text: string): EventType {
  if (!Object.hasOwn(routingKeys, text))
    throw new UsageError(`--type takes one of ${Object.keys(routingKeys).join(', ')}`);
  return text as EventType;
}

function readQueue(name: string | undefined): string | undefined {
  if (name === '') throw new UsageError('--queue takes the name of a queue');
  if (name === queues.dead.name)
    throw new UsageError('--queue: events that nobody has failed at are no dead letters');
  return name;
}

function readCall() {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: {
      ...{ from: { type: 'string' }, to: { type: 'string' }, queue: { type: 'string' } },
      ...{
        type: { type: 'string', multiple: true },
        'dry-run': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    },
    allowPositionals: true,
  });
  const [command, ...more] = positionals;
  const { json = false, 'dry-run': dryRun = false, ...replayOptions } = values;
  if (more.length > 0 || (command !== 'status' && command !== 'replay')) throw new UsageError(usage);
  if (command === 'status') {
    if (dryRun || Object.keys(replayOptions).length > 0) throw new UsageError(usage);
    return { command, json } as const;
  }
  const selection: Selection = {
    from: readTime('from', values.from),
    to: readTime('to', values.to),
    types: (values.type ?? []).map(readType),
  };
  if (selection.from >= selection.to) throw new UsageError('--from must be before --to');
  return { command, json, dryRun, selection, queue: readQueue(values.queue) } as const;
}

type Call = ReturnType<typeof readCall>;
type ReplayCall = Extract<Call, { command: 'replay' }>;
type Say = ReturnType<typeof createSay>;

async function showStatus(db: Database, say: Say): Promise<void> {
  const { waiting, kept } = await readOutbox(db);
  const since = waiting.since ? `, the oldest since ${waiting.since.toISOString()}` : '';
  const rows = kept.map(({ type, events, from, to }) => [
    ...[type, String(events)],
    ...[from.toISOString(), to.toISOString()],
  ]);
  const table =
    rows.length > 0
      ? `\n\n${toTable([['TYPE', 'KEPT', 'FROM', 'TO'], ...rows])}`
      : '\nNothing is kept for replay.';
  say(`Waiting for the broker: ${waiting.events}${since}.${table}`, { waiting, kept });
}

/** Publishes on one connection of its own. @throws UsageError where the queue is not there */
async function publishSelected(db: Database, { selection, queue }: ReplayCall) {
  const { broker, names } = loadBroker(process.env);
  const model = await connectOnce(broker, 'outbox');
  try {
    if (queue !== undefined) {
      const channel = await model.createChannel();
      channel.on('error', () => {});
      await channel.checkQueue(names(queue)).catch((error) => {
        throw error?.code === 404
          ? new UsageError(`There is no queue ${names(queue)} on this broker.`)
          : error;
      });
      await channel.close();
    }
    return await replayOutbox(db, createPublisher({ model }, names), selection, queue);
  } finally {
    await model.close().catch(() => {});
  }
}

async function replay(db: Database, call: ReplayCall, say: Say): Promise<void> {
  const { selection, queue = null, dryRun } = call;
  const counts = await countSelected(db, selection);
  const selected = counts.reduce((sum, { events }) => sum + events, 0);
  if (dryRun) {
    const table =
      selected > 0 ? `\n\n${toTable(counts.map(({ type, events }) => [type, String(events)]))}` : '';
    say(`Would publish ${selected}.${table}`, { queue, selected, types: counts });
    return;
  }
  const { replayed, resumeFrom } = await publishSelected(db, call);
  const rest = resumeFrom
    ? `\nThe broker or the database did not take part any more. Go on with --from ${resumeFrom.toISOString()}; a few events come once more.`
    : '';
  say(`Published ${replayed} of ${selected}.${rest}`, {
    ...{ queue, selected, replayed, resume_from: resumeFrom?.toISOString() ?? null },
  });
  if (resumeFrom) process.exitCode = 2;
}

async function main(): Promise<void> {
  const call = readCall();
  const say = createSay(call.json);
  const config = loadConfig<DatabaseConfig>(databaseVariables, process.env);
  const db = openDatabase({
    ...{ url: config.DATABASE_URL, ca: config.DATABASE_CA, role: 'meander_messaging', poolSize: 1 },
    applicationName: 'meander-outbox',
  });
  try {
    if (call.command === 'status') await showStatus(db, say);
    else await replay(db, call, say);
  } finally {
    await db.destroy();
  }
}

runCommand(main, (code) => `The outbox or the broker could not be reached: ${code}. Nothing was published.`);
