import { parseArgs } from 'node:util';
import { type EventType, routingKeys } from '@meander/lead';
import { UsageError } from './command.ts';
import type { Selection } from './outbox-archive.ts';
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

/** Reads the call. @throws UsageError; node:util's errors for options that there are not */
export function readCall(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
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

export type Call = ReturnType<typeof readCall>;
export type ReplayCall = Extract<Call, { command: 'replay' }>;
