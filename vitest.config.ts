import { defineConfig } from 'vitest/config';
import { patience } from './packages/testing/src/wait-until.ts';

/**
 * Three kinds of test, told apart by their suffix:
 * unit (pure, no process, no network), int (one part against its real neighbours), e2e (the whole product).
 */
const neighbours = './packages/testing/src/global-setup.ts';

const kinds = [
  { name: 'unit', suffix: 'unit', timeout: 120_000, globalSetup: [] },
  { name: 'integration', suffix: 'int', timeout: 120_000, globalSetup: [neighbours] },
  { name: 'end-to-end', suffix: 'e2e', timeout: 300_000, globalSetup: [neighbours] },
];

export default defineConfig({
  test: {
    reporters: ['default'],
    // A test of processes and servers mostly waits for them: one file a core leaves none idle.
    maxWorkers: '100%',
    projects: kinds.map(({ name, suffix, timeout, globalSetup }) => ({
      test: {
        name,
        include: [`**/*.${suffix}.test.ts`],
        exclude: ['**/node_modules/**', '**/.local/**'],
        globalSetup,
        // Each longer than what a test waits for one after the other, which says what is missing.
        testTimeout: timeout,
        hookTimeout: 300_000,
        expect: { poll: { timeout: patience * 1_000 } },
      },
    })),
  },
});
