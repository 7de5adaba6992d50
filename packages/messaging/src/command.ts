import { brokerVariables, type CommonConfig, commonVariables, loadConfig } from '@meander/runtime';
import type { BrokerAccess } from './connection.ts';
import { createNames, type Names } from './topology.ts';

/** A call that cannot be carried out as it stands: its message is for the person who called. */
export class UsageError extends Error {}

/** Reads the broker of the environment, and what its names begin with. @throws ConfigError */
export function loadBroker(env: NodeJS.ProcessEnv): { broker: BrokerAccess; names: Names } {
  const config = loadConfig<Pick<CommonConfig, 'AMQP_URL' | 'AMQP_CA' | 'AMQP_NAME_PREFIX'>>(
    { ...brokerVariables, AMQP_NAME_PREFIX: commonVariables.AMQP_NAME_PREFIX },
    env,
  );
  return {
    broker: { url: config.AMQP_URL, ca: config.AMQP_CA },
    names: createNames(config.AMQP_NAME_PREFIX),
  };
}

/** Tells a person, or a program where the call asks for JSON. */
export const createSay = (json: boolean) => (text: string, data: unknown) =>
  process.stdout.write(`${json ? JSON.stringify(data, null, 2) : text}\n`);

/** Rows of text in columns as wide as they must be. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * Runs a command to its end. What the person can mend is told as it is, with exit code 1; of the rest the code or
 * name alone, since messages of drivers may hold what somebody wrote.
 *
 * @param otherwise what to tell of any other failure, given its code
 */
export function runCommand(main: () => Promise<void>, otherwise: (code: string) => string): void {
  main().catch((error) => {
    const known =
      error instanceof UsageError ||
      error?.name === 'ConfigError' ||
      String(error?.code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`${known ? error.message : otherwise(String(error?.code ?? error?.name))}\n`);
    process.exitCode = 1;
  });
}
