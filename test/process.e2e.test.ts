import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startServiceProcess } from '@meander/local/service-process';
import { nodeArguments } from '@meander/runtime';
import { createStack, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stack: Stack;
beforeAll(async () => {
  stack = await createStack();
});
afterAll(() => stack.drop());

const names = ['intake', 'notification', 'pipeline'] as const;
const environment = () => ({ ...process.env, ...stack.env, SMTP_URL: 'smtp://127.0.0.1:1' });

describe('an address that cannot be listened on', () => {
  it.each(['192.0.2.1', 'nohost.invalid'])('%s is one plain line, and exit 1', async (HOST) => {
    const lines: string[] = [];
    const env = { ...environment(), HOST };
    const { ended } = startServiceProcess('intake', 0, env, (_name, line) => lines.push(line));
    expect(await ended).toBe('intake ended (exit code 1)');
    expect(lines).toEqual([expect.stringMatching(`^${HOST.replaceAll('.', '\\.')} .*Set HOST`)]);
  });
});

describe('a signal while a service is still starting', () => {
  it.each(names)('ends %s as any other stop does: exit 0', async (name) => {
    const root = fileURLToPath(new URL('../', import.meta.url));
    // Loaded right behind telemetry, it tells and keeps the start from going on: the machine may be fast.
    const gate = `data:text/javascript,process.send('here'); await new Promise((go) => setTimeout(go, 60_000));`;
    const child = spawn(
      process.execPath,
      [...nodeArguments, '--import', gate, `services/${name}/src/main.ts`],
      { cwd: root, env: environment(), stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    );
    await once(child, 'message');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
