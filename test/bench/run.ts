import { setTimeout as delay } from 'node:timers/promises';
import { createTemplate, findServices } from '@meander/testing';
import { judge } from './judge/judge.ts';
import type { Options } from './options.ts';
import type { Report } from './report.ts';
import type { Section } from './sections/section.ts';
import { openBench } from './world/bench.ts';
import { describeGround } from './world/ground.ts';

/** How long a section that was cut off may take to come to its end, in milliseconds. */
const tidyDeadline = 3_000;

/**
 * Measures the sections one after the other. A section that fails leaves the others be. Nothing is left behind,
 * also where `stop` ends it early.
 *
 * @throws where `stop` was raised, or there are no servers to measure on
 */
export async function runSections(
  chosen: readonly Section[],
  { short, runs }: Pick<Options, 'short' | 'runs'>,
  { stop, tell }: { stop: AbortSignal; tell: (line: string) => void },
): Promise<Omit<Report, 'partial'>> {
  const began = performance.now();
  const since = (start: number) => (performance.now() - start) / 1_000;
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => {});
  stop.addEventListener('abort', () => stopped.reject(new Error('stopped')));

  const report: Omit<Report, 'partial'> = {
    ...{ ground: [], short, runs, seconds: 0, rows: [], measured: {}, failures: [] },
  };
  const services = await findServices(process.env);
  let template: Awaited<ReturnType<typeof createTemplate>> | undefined;
  try {
    report.ground = await describeGround(services);
    tell(report.ground.map((line) => `  ${line}`).join('\n'));
    template = await createTemplate(services.databaseUrl, 'meander_bench');
    const ground = { ...services, templateName: template.name };
    for (const section of chosen) {
      stop.throwIfAborted();
      const started = performance.now();
      const bench = openBench({ short, runs, ground });
      const work = section.measure(bench);
      work.catch(() => {});
      try {
        await Promise.race([work, stopped.promise]);
      } catch (error) {
        if (stop.aborted) throw error;
        report.failures.push(`${section.name}: ${error instanceof Error ? error.message : error}`);
      } finally {
        const left = await bench.end();
        // What was cut off tidies up behind itself, now that nothing answers it any more.
        await Promise.race([work.catch(() => {}), delay(tidyDeadline, undefined, { ref: false })]);
        report.failures.push(...left.map((failure) => `${section.name}, at its end: ${failure}`));
      }
      report.measured[section.name] = bench.measured;
      report.rows.push(...judge(section.name, section.claims(short), bench.measured, { short }));
      tell(`  ${section.name}: ${since(started).toFixed(1)} s`);
    }
  } finally {
    await template?.drop();
    await services.stop();
  }
  report.seconds = since(began);
  return report;
}
