import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { type DatabaseConfig, databaseVariables, loadConfig, openDatabase } from '@meander/runtime';
import { createSay, loadBroker, runCommand, toTable, UsageError } from './command.ts';
import type { Letter } from './letter.ts';
import { openLetterBox } from './letter-box.ts';

const usage = `Usage:
  npm run dead-letters -- list [--json]
  npm run dead-letters -- show ID [--json]
  npm run dead-letters -- replay ID|--all [--json]
  npm run dead-letters -- discard ID --reason "WHY" [--by WHO] [--json]

replay sends a letter to the queue it was meant for, and to no other. Letters of one ID are handled together.
discard throws away and writes down who, when and why; write nothing personal into the reason.
Exit code 0: done; 1: not possible as asked; 2: something could not be replayed and is a dead letter still.
The broker is the one of AMQP_URL and AMQP_NAME_PREFIX; discard also needs DATABASE_URL.`;

const columns = ['ID', 'REASON', 'QUEUE', 'SET ASIDE', 'TYPE', 'BYTES'];
const cells = ({ id, reason, queue, setAsideAt, type, size }: Letter) => [
  id,
  reason,
  queue ?? '-',
  setAsideAt ?? '-',
  type ?? '-',
  String(size),
];

const record = ({ id, reason, queue, setAsideAt, type, size, sha256 }: Letter) => ({
  ...{ id, reason, queue: queue ?? null, set_aside_at: setAsideAt ?? null, type: type ?? null },
  ...{ size_bytes: size, sha256 },
});

function describe(letter: Letter): string {
  const body =
    letter.event === undefined
      ? `The body is not an event that this version reads, so it is not shown: ${letter.size} bytes, SHA-256 ${letter.sha256}`
      : JSON.stringify(letter.event, null, 2);
  return `${columns.map((name, at) => `${name.toLowerCase().padEnd(11)}${cells(letter)[at]}`).join('\n')}\n\n${body}`;
}

/** Writes down that letters are thrown away, before they are: none disappears without a word. */
async function writeDown(letters: readonly Letter[], why: string, by: string): Promise<void> {
  const config = loadConfig<DatabaseConfig>(databaseVariables, process.env);
  const db = openDatabase({
    ...{ url: config.DATABASE_URL, ca: config.DATABASE_CA, role: 'meander_messaging', poolSize: 1 },
    applicationName: 'meander-dead-letters',
  });
  try {
    await db('messaging.discarded_letters').insert(
      letters.map(({ id, queue, reason, size, sha256 }) => ({
        ...{ letter_id: id, queue: queue ?? null, dead_reason: reason, size_bytes: size, sha256 },
        ...{ why, discarded_by: by },
      })),
    );
  } finally {
    await db.destroy();
  }
}

function readText(text: string | undefined, most: number, name: string): string {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '' || trimmed.length > most || /\p{Cc}/u.test(trimmed)) {
    throw new UsageError(`${name} takes 1 to ${most} characters on one line`);
  }
  return trimmed;
}

function readCall() {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: {
      ...{ all: { type: 'boolean' }, json: { type: 'boolean' } },
      ...{ reason: { type: 'string' }, by: { type: 'string' } },
    },
    allowPositionals: true,
  });
  const [command = '', id, ...more] = positionals;
  const all = values.all === true;
  const takesId = ['show', 'replay', 'discard'].includes(command);
  const named = takesId && (id !== undefined) !== (all && command === 'replay');
  const fits = command === 'list' ? id === undefined && !all : named && (!all || command === 'replay');
  if (!fits || more.length > 0) throw new UsageError(usage);
  const discarding = command === 'discard';
  if (!discarding && (values.reason ?? values.by) !== undefined) throw new UsageError(usage);
  return {
    ...{ command, id, json: values.json === true },
    why: discarding ? readText(values.reason, 500, '--reason') : '',
    by: discarding ? readText(values.by ?? userInfo().username, 100, '--by') : '',
  };
}

async function main(): Promise<void> {
  const { command, id, json, why, by } = readCall();
  const { broker, names } = loadBroker(process.env);
  const say = createSay(json);
  const box = await openLetterBox(broker, names);
  try {
    const letters = id === undefined ? box.letters : box.letters.filter((letter) => letter.id === id);
    if (id !== undefined && letters.length === 0) {
      throw new UsageError(
        'There is no dead letter with that ID. It may have been replayed or discarded already.',
      );
    }
    if (command === 'list') {
      const text =
        letters.length > 0 ? toTable([columns, ...letters.map(cells)]) : 'There are no dead letters.';
      say(text, letters.map(record));
    } else if (command === 'show') {
      say(
        letters.map(describe).join('\n\n'),
        letters.map((letter) => ({ ...record(letter), event: letter.event ?? null })),
      );
    } else if (command === 'replay') {
      const replayed: Letter[] = [];
      const left: Letter[] = [];
      for (const letter of letters) ((await box.replay(letter)) ? replayed : left).push(letter);
      const why =
        '\nThese are dead letters still: nothing says where they belong, their queue is gone, or the broker took nothing:\n';
      const rest = left.length > 0 ? `${why}${toTable([columns, ...left.map(cells)])}` : '';
      say(`Replayed ${replayed.length} of ${letters.length}.${rest}`, {
        replayed: replayed.map(record),
        left: left.map(record),
      });
      if (left.length > 0) process.exitCode = 2;
    } else {
      await writeDown(letters, why, by);
      for (const letter of letters) box.remove(letter);
      say(`Discarded ${letters.length}, and written down.`, { discarded: letters.map(record) });
    }
  } finally {
    await box.close();
  }
}

runCommand(
  main,
  (code) =>
    `The dead letters could not be reached: ${code}. None is lost: the broker keeps what was not replayed or discarded.`,
);
