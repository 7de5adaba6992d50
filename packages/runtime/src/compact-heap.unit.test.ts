import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { nodeArguments } from './node-arguments.ts';

/** Lets a process lay out objects as loading modules does, and tells its memory before and after, in MiB. */
const script = `
  import { compactHeap } from '${new URL('compact-heap.ts', import.meta.url)}';
  const resident = () => process.memoryUsage.rss() / 1024 ** 2;
  let kept;
  for (let round = 0; round < 200; round += 1) kept = Array.from({ length: 10_000 }, (_, n) => ({ n }));
  const before = resident();
  compactHeap();
  console.log(JSON.stringify([before, resident(), kept.length]));
`;

function measure(args: readonly string[]): number[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...args, '--input-type=module-typescript', '--eval', script],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

it('gives back what a start has left of the young generation, under the arguments of a service', () => {
  const [before = 0, after = 0] = measure(nodeArguments.filter((argument) => /^--(?!import)/.test(argument)));
  expect(before - after).toBeGreaterThan(20);
});

it('leaves a process alone that was started without them', () => {
  const [before = 0, after = 0] = measure(['--max-semi-space-size=16']);
  expect(Math.abs(before - after)).toBeLessThan(5);
});
