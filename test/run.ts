import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServices } from '@meander/testing';
import { tally } from './bench/judge/judge.ts';
import type { Report } from './bench/report.ts';
import type { Round } from './faults/round.ts';
import { count } from './faults/table.ts';

/**
 * `npm test`: says what it runs on, then lint, type check, and every test of the product in one run of vitest. With
 * `--faults` a bounded round of the fault suite comes before the tests, and its rows count with them; with `--bench`
 * the short form of the benchmark, and its floors do.
 */

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

/** What the closing line counts. */
interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

/** Reads vitest's report; a file that could not even be loaded counts as a failure. */
function readTests(report: string): Outcome {
  const counts = JSON.parse(readFileSync(report, 'utf8')) as Counts;
  return {
    passed: counts.numPassedTests,
    failed: Math.max(counts.numFailedTests, counts.numFailedTestSuites > 0 ? 1 : 0),
    skipped: counts.numPendingTests,
  };
}

/** One bounded round of the fault suite, in a process of its own; one that ends without a report has failed. */
async function runFaults(report: string): Promise<Outcome> {
  const code = await runs(process.execPath, ['test/faults/main.ts', '--json', report]);
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { passed, failed, skipped } = count(JSON.parse(readFileSync(report, 'utf8')) as Round);
  return { passed, failed: Math.max(failed, code === 0 ? 0 : 1), skipped };
}

/** The short form of the benchmark, in a process of its own: what falls below its floor, or cannot be measured, has failed. */
async function runBench(report: string): Promise<Outcome> {
  const code = await runs(process.execPath, ['test/bench/main.ts', '--short', '--json', report]);
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { rows, failures } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const { held, broken } = tally(rows);
  const skipped = rows.filter(({ absent, floor }) => absent !== undefined && floor !== undefined).length;
  return { passed: held, failed: Math.max(broken + failures.length, code === 0 ? 0 : 1), skipped };
}

/** The last line, which people and machines read. */
function closingLine(outcomes: readonly Outcome[]): { line: string; failed: number } {
  const sum = (kind: keyof Outcome) => outcomes.reduce((total, outcome) => total + outcome[kind], 0);
  const failed = sum('failed');
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  return { line: `${sum('passed')} passed, ${failed} failed${skipped}`, failed };
}

async function main(args: string[]): Promise<number> {
  const before = { '--faults': runFaults, '--bench': runBench };
  const forVitest = args.filter((arg) => !Object.hasOwn(before, arg));
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
    const outcomes: Outcome[] = [];
    for (const [flag, runBefore] of Object.entries(before))
      if (args.includes(flag)) outcomes.push(await runBefore(join(folder, `${flag.slice(2)}.json`)));
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await runs(bin('vitest'), ['run', ...reporters, ...forVitest], {
      DATABASE_URL: services.databaseUrl,
      AMQP_URL: services.amqpUrl,
      ...(services.redisUrl ? { REDIS_URL: services.redisUrl } : {}),
      MEANDER_TEST_SERVICES_TOLD: '1',
    });
    const { line, failed } = closingLine([...outcomes, readTests(report)]);
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
