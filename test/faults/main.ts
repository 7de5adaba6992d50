import { writeFileSync } from 'node:fs';
import { writeDocs } from './docs.ts';
import { allFaults } from './faults/index.ts';
import { readOptions } from './options.ts';
import { runRound } from './round.ts';
import { count, toText } from './table.ts';

/** `npm run test:faults`: breaks everything that can break, under load, and counts what is left. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const wanted = allFaults.filter(({ long }) => options.long || !long);
  const [calm, ...others] = wanted;
  const chosen = others.filter(
    ({ name }) => options.only.length === 0 || options.only.some((only) => name.startsWith(only)),
  );
  if (options.list) {
    for (const { name, what } of allFaults) console.log(`${name.padEnd(28)}${what}`);
    return 0;
  }
  if (!calm || (chosen.length === 0 && !options.only.includes(calm.name)))
    throw new Error(`No row is named ${options.only.join(', ')}; --list lists them.`);
  const round = await runRound([calm, ...chosen], options, console.log);
  console.log(`\n${toText(round)}\n`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(round, null, 2)}\n`);
  if (options.writeDocs) writeDocs(round, options);
  const { passed, failed, skipped } = count(round);
  console.log(`${Math.round(round.seconds)} s on ${round.servers.join(', ')}`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 ? 1 : 0;
}

const code = await main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  return 1;
});
// Whatever a killed server has left hanging must not hold the suite.
process.exit(code);
