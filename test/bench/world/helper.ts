import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Call, Commands, Reply } from '../helpers/serve.ts';

/** A process of its own for one part of a measurement, so that no part takes the other's processor time. */
export interface Helper<C extends Commands> {
  /** @throws what the command throws there, and where the process has ended */
  call<Name extends keyof C & string>(
    name: Name,
    ...input: Parameters<C[Name]>
  ): Promise<Awaited<ReturnType<C[Name]>>>;
  stop(): Promise<void>;
}

/** @param name of a file in `helpers`, without its ending */
export function startHelper<C extends Commands>(name: string): Helper<C> {
  const file = fileURLToPath(new URL(`../helpers/${name}.helper.ts`, import.meta.url));
  const child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const exited = once(child, 'exit');
  let calls = 0;
  child.on('message', (reply: Reply) => {
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) call?.reject(new Error(`${name}: ${reply.error}`));
    else call?.resolve(reply.value);
  });
  void exited.then(([code, signal]) => {
    for (const call of waiting.values()) call.reject(new Error(`${name} ended (${signal ?? code})`));
    waiting.clear();
  });
  return {
    call(command, ...[input]) {
      calls += 1;
      const answer = Promise.withResolvers<unknown>();
      const message: Call = { id: calls, name: command, input };
      waiting.set(calls, answer);
      child.send(message, (error) => error && answer.reject(error));
      return answer.promise as ReturnType<Helper<C>['call']>;
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
