import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '@meander/runtime';
import { expect, it } from 'vitest';
import { createSendLoop } from './send-loop.ts';

const logger = createLogger('test', 'silent');

/** A loop over a queue that is empty, or broken. */
function idle({ fails = false, room = Number.POSITIVE_INFINITY } = {}) {
  let claims = 0;
  const loop = createSendLoop({
    queue: {
      claim: async () => {
        claims += 1;
        if (fails) throw new Error('database away');
        return [];
      },
      renew: async () => {},
      settle: async () => {},
      suppress: async () => {},
    },
    gate: {
      room: () => room,
      begun: () => {},
      report: () => {},
      probeIfDue: async () => false,
      dependencies: [],
    },
    mailer: { send: () => Promise.reject(new Error('nothing is sent')) },
    render: () => ({ subject: '', text: '', html: '' }),
    settings: {
      from: { name: 'M', address: 'm@meander.example' },
      publicBaseUrl: 'https://meander.example',
      salesEmail: undefined,
      salesLocale: 'nb',
    },
    now: () => new Date(),
    random: () => 0,
    connections: 2,
    settled: () => {},
    logger,
  });
  return { loop, claims: () => claims };
}

it('asks an empty queue once, and again when it is woken', async () => {
  const { loop, claims } = idle();
  await loop.start();
  await delay(200);
  expect(claims()).toBe(1);
  loop.wake();
  await delay(50);
  expect(claims()).toBe(2);
  await loop.stop();
});

it('does not ask at all while the relay is away', async () => {
  const { loop, claims } = idle({ room: 0 });
  await loop.start();
  loop.wake();
  await delay(50);
  await loop.stop();
  expect(claims()).toBe(0);
});

it('backs off from a database that is away, and still stops at once', async () => {
  const { loop, claims } = idle({ fails: true });
  await loop.start();
  await delay(500);
  expect(claims()).toBeLessThan(6);
  const began = performance.now();
  await loop.stop();
  expect(performance.now() - began).toBeLessThan(500);
});
