import { parseArgs } from 'node:util';

export interface Options {
  /** The smallest amounts, and floors that fail the run. */
  short: boolean;
  /** Names of sections, or beginnings of names; all where it is empty. */
  only: string[];
  /** How often everything is measured. */
  runs: number;
  /** Writes the figures as JSON there. */
  json: string | undefined;
  /** Writes the table into docs/performance.md. */
  writeDocs: boolean;
  /** Lists the sections, and runs none. */
  list: boolean;
}

export const usage = `npm run bench -- [--short] [--only NAME]… [--runs N] [--json FILE] [--write-docs] [--list]

  --short       the smallest amounts, under 3 minutes; fails where something is below its floor
  --only NAME   this section, or all whose names begin so; may be given again
  --runs N      how often everything is measured, one after the other and round again (3)
  --json FILE   writes the figures there
  --write-docs  writes the table into docs/performance.md
  --list        lists the sections`;

/** @throws Error with the usage, for a call that cannot be understood */
export function readOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        short: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        runs: { type: 'string', default: '3' },
        json: { type: 'string' },
        'write-docs': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    });
    const runs = Number(values.runs);
    if (!Number.isInteger(runs) || runs < 1 || runs > 99)
      throw new Error('--runs takes a number from 1 to 99');
    const { short, only, json, list } = values;
    return { short, only, runs, json, writeDocs: values['write-docs'], list };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`);
  }
}
