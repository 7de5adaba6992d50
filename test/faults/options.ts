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
  /** Writes the table into docs/faults.md. */
  writeDocs: boolean;
  /** Lists the rows, and runs none. */
  list: boolean;
}

export const usage = `npm run test:faults -- [--long] [--only NAME]… [--json FILE] [--broker=3|4] [--write-docs] [--list]

  --long        more kills, longer outages, and the rows that take minutes
  --only NAME   this row, or all whose names begin so; may be given again
  --json FILE   writes the figures there
  --broker 3|4  RabbitMQ 4 and Redis 8 of Debian 13, downloaded once (the default), or the machine's own
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
        'write-docs': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    });
    const { long, only, json, broker, list } = values;
    if (broker !== '3' && broker !== '4') throw new Error('--broker takes 3 or 4');
    return { long, only, json, broker: broker === '3' ? 3 : 4, writeDocs: values['write-docs'], list };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`);
  }
}
