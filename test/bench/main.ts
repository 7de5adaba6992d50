import { writeFileSync } from 'node:fs';
import { writeDocs } from './docs.ts';
import { tally } from './judge/judge.ts';
import { readOptions } from './options.ts';
import type { Report } from './report.ts';
import { runSections } from './run.ts';
import { sections } from './sections/index.ts';
import { summary, toText } from './table.ts';

/** `npm run bench`: how fast the product is, beside what it could be compared with, on the same servers at the same time. */
async function main(args: readonly string[], stop: AbortSignal): Promise<number> {
  const options = readOptions(args);
  const { only, list, json } = options;
  if (list) {
    for (const { name, what } of sections) console.log(`${name.padEnd(12)}${what}`);
    return 0;
  }
  const chosen = sections.filter(
    ({ name }) => only.length === 0 || only.some((beginning) => name.startsWith(beginning)),
  );
  if (chosen.length === 0) throw new Error(`No section is named ${only.join(', ')}; --list lists them.`);
  const report: Report = {
    ...(await runSections(chosen, options, { stop, tell: console.log })),
    partial: chosen.length < sections.length,
  };
  console.log(`\n${toText(report)}\n`);
  for (const failure of report.failures) console.error(failure);
  if (json) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.writeDocs) writeDocs(report);
  console.log(`${summary(report)}; ${Math.round(report.seconds)} s`);
  return report.failures.length > 0 || tally(report.rows).broken > 0 ? 1 : 0;
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
// Whoever started this process has gone, however it went.
process.on('disconnect', () => stopping.abort());

const code = await main(process.argv.slice(2), stopping.signal).catch((error) => {
  if (stopping.signal.aborted) {
    console.error('Stopped.');
    return 130;
  }
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
// Whatever a server that hangs has left open must not hold the process.
process.exit(code);
