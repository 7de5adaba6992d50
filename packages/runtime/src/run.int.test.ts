import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

/** What a process that runs this service says at its end. */
async function ending(service: string): Promise<{ code: number; said: string }> {
  const at = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const source = `import { run } from ${at('./run.ts')};
    import { SafeError } from ${at('./describe-error.ts')};
    class Known extends SafeError {}
    run(() => (${service}));`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', source], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code, said };
}

const unread = "new URL('redis://u:hemmelig@127.0.0.1:99999')";

describe('the end of a process by an error', () => {
  it.each([
    ['where the service is made', `{ start: ${unread} }`],
    ['where it starts', `{ start: async () => ${unread}, stop() {} }`],
    [
      'as the cause of another',
      `{ async start() { try { ${unread} } catch (cause) { throw new Error('hemmelig', { cause }) } } }`,
    ],
    ['where nobody caught it', `{ async start() { setTimeout(() => ${unread}) } }`],
    ['where nobody handled it', `{ async start() { void Promise.resolve().then(() => ${unread}) } }`],
  ])('tells names and codes, and no field that may hold a secret: %s', async (_where, service) => {
    const { code, said } = await ending(service);
    expect(code).toBe(1);
    expect(said).toMatch(/^The process ends: .*TypeError \(ERR_INVALID_URL\)$/m);
    expect(said).toMatch(/^ +at /m);
    expect(said).not.toMatch(/hemmelig|input/);
  });

  it('tells what a person can mend as it is', async () => {
    const { code, said } = await ending(`{ async start() { throw new Known('The template is broken.') } }`);
    expect([code, said]).toEqual([1, 'The template is broken.\n']);
  });
});
