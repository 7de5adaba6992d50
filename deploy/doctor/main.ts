import { parseArgs } from 'node:util';
import { ConfigError } from '@meander/runtime';
import { loadDoctorConfig } from './config.ts';
import { examine } from './examine.ts';
import { asJson, asText, exitCode } from './report.ts';

const usage = `Usage: npm run doctor [-- --json] [-- --no-booking]

Looks at every part of the way, books a made-up lead, and says what to mend. It reads the environment of the
services, else what the last npm start has told. Exit code: 0 nothing to mend, 1 something, 2 it cannot run.`;

/** It cannot run as it was called or configured. */
function giveUp(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, 'no-booking': { type: 'boolean' } } });
  const config = loadDoctorConfig(process.env);
  const stopping = new AbortController();
  // The made-up booking is taken away before it ends.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const findings = await examine(config, { book: !values['no-booking'], signal: stopping.signal });
  process.stdout.write(values.json ? asJson(findings) : asText(findings));
  process.exit(exitCode(findings));
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) giveUp(error.message);
  else if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) giveUp(usage);
  else giveUp(`The doctor cannot run: ${error instanceof Error ? error.name : 'unknown'}.`);
});
