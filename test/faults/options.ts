import { parseArgs } from 'node:util';
import type { BrokerGeneration } from './world/sources.ts';

export interface Options {
  /** More kills, longer outages, and the rows that take minutes. */
  long: boolean;
  /** Names of rows, or beginnings of names; all where it is empty. */
  only: string[];
  /** Writes the figures as JSON there. */
  json: string | undefined;
  broker: BrokerGeneration;
  /** The commit of the older version; found in the history where it is left out. */
  old: string | undefined;
  /** Turns of the load a second; each is a booking, or three of one address. */
  perSecond: number;
  /** Writes the table into docs/faults.md. */
  writeDocs: boolean;
  /** Lists the rows, and runs none. */
  list: boolean;
}

export const usage = `npm run test:faults -- [--long] [--only NAME]… [--json FILE] [--broker=3|4] [--per-second N] [--old REF] [--write-docs] [--list]

  --long        more kills, longer outages, and the rows that take minutes
  --only NAME   this row, or all whose names begin so; may be given again
  --json FILE   writes the figures there
  --broker 3|4  RabbitMQ 4 and Redis 8 of Debian 13, downloaded once (the default), or the machine's own
  --per-second  turns of the load: each is a booking, or three of one address (5)
  --old REF     the older version of two-versions (the last before the newest migration)
  --write-docs  writes the table into docs/faults.md
  --list        lists the rows`;

/** @throws Error with the usage, for a call that cannot be understood */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        long: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        json: { type: 'string' },
        broker: { type: 'string', default: '4' },
        'per-second': { type: 'string', default: '5' },
        old: { type: 'string' },
        'write-docs': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    });
    const { long, only, json, broker, old, list } = values;
    if (broker !== '3' && broker !== '4') throw new Error('--broker takes 3 or 4');
    const perSecond = Number(values['per-second']);
    if (!(perSecond > 0 && perSecond <= 200)) throw new Error('--per-second takes a number up to 200');
    return {
      perSecond,
      long,
      only,
      json,
      old,
      broker: broker === '3' ? 3 : 4,
      writeDocs: values['write-docs'],
      list,
    };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`);
  }
}
