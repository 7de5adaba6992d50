import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServices } from '@meander/testing';

/** `npm test`: says what it runs on, then lint, type check, and every test of the product in one run of vitest. */

const bin = (name: string) => join('node_modules', '.bin', name);

async function runs(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

interface Counts {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numFailedTestSuites: number;
}

/** The closing line that people and machines read; a file that could not even be loaded counts as a failure. */
function closingLine(report: string): { line: string; failed: number } {
  const counts = JSON.parse(readFileSync(report, 'utf8')) as Counts;
  const failed = Math.max(counts.numFailedTests, counts.numFailedTestSuites > 0 ? 1 : 0);
  const skipped = counts.numPendingTests > 0 ? `, ${counts.numPendingTests} skipped` : '';
  return { line: `${counts.numPassedTests} passed, ${failed} failed${skipped}`, failed };
}

async function main(args: string[]): Promise<number> {
  const services = await findServices(process.env);
  const folder = mkdtempSync(join(tmpdir(), 'meander-report-'));
  const report = join(folder, 'report.json');
  try {
    console.log(`The tests run on\n${services.description.map((line) => `  ${line}`).join('\n')}\n`);
    const quiet = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
    const checks = await runs(bin('turbo'), ['run', 'lint', 'typecheck', '--output-logs=errors-only'], quiet);
    if (checks !== 0) {
      console.log('\nLint or type check failed; the tests were not run.\n0 passed, 1 failed');
      return 1;
    }
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await runs(bin('vitest'), ['run', ...reporters, ...args], {
      DATABASE_URL: services.databaseUrl,
      AMQP_URL: services.amqpUrl,
      ...(services.redisUrl ? { REDIS_URL: services.redisUrl } : {}),
      MEANDER_TEST_SERVICES_TOLD: '1',
    });
    const { line, failed } = closingLine(report);
    console.log(`\n${line}`);
    return code !== 0 || failed > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await services.stop();
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  return 1;
});
