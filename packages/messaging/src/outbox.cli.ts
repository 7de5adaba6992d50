import {
  type Database,
  type DatabaseConfig,
  databaseVariables,
  loadConfig,
  openDatabase,
} from '@meander/runtime';
import { createSay, loadBroker, runCommand, toTable, UsageError } from './command.ts';
import { connectOnce } from './connection.ts';
import { countSelected, readOutbox, replayOutbox } from './outbox-archive.ts';
import { type ReplayCall, readCall } from './outbox-call.ts';
import { createPublisher } from './publisher.ts';

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
  const call = readCall(process.argv.slice(2));
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
