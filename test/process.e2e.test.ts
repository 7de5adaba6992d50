import { startServiceProcess } from '@meander/local/service-process';
import { createStack, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stack: Stack;
beforeAll(async () => {
  stack = await createStack();
});
afterAll(() => stack.drop());

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
