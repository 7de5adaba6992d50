import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from './serve.ts';
import { nextBooking } from './visitor.ts';

/** Resolves with the status of the answer, or what went wrong. */
function post(
  agent: Agent,
  url: string,
  { body, headers }: ReturnType<typeof nextBooking>,
): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request(
      `${url}/leads`,
      { agent, method: 'POST', headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) } },
      (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)),
    );
    sent.on('error', ({ message }) => resolve(message)).end(body);
  });
}

const commands = {
  /**
   * Books at a steady rate, however long the answers take, and tells how many bookings were made.
   *
   * @throws where one was not accepted
   */
  async book({
    url,
    perSecond,
    seconds,
    body,
  }: {
    url: string;
    perSecond: number;
    seconds: number;
    body: object;
  }): Promise<number> {
    const count = Math.ceil(perSecond * seconds);
    // Connections of its own: a server may have closed those that were idle since the last time.
    const agent = new Agent({ keepAlive: true });
    const answers: Promise<number | string>[] = [];
    const began = performance.now();
    for (let turn = 0; turn < count; turn += 1) {
      const early = began + (turn * 1_000) / perSecond - performance.now();
      if (early > 0) await delay(early);
      answers.push(post(agent, url, nextBooking(body)));
    }
    const refused = (await Promise.all(answers)).filter((answer) => answer !== 202);
    agent.destroy();
    if (refused.length > 0) throw new Error(`${url}: ${refused.length} bookings answered with ${refused[0]}`);
    return count;
  },
};
export type ArrivalCommands = typeof commands;

serve(commands);
