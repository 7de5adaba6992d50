import type { Logger } from '@meander/runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Outcome, type PauseReason, silentOutcome } from '../domain/outcome.ts';
import { createRelayGate, type RelayGate } from './relay-gate.ts';

let now: number;
let lines: [string, string | undefined][];
let probes: number;
let answer: Outcome | undefined;
let gate: RelayGate;

const failing = (pauses: PauseReason): Outcome => ({ ...silentOutcome('own_fault'), pauses });

beforeEach(() => {
  [now, lines, probes, answer] = [0, [], 0, undefined];
  const at = (level: string) => (about: { reason?: string }) => void lines.push([level, about.reason]);
  gate = createRelayGate({
    relay: {
      probe: async () => {
        probes += 1;
        return answer;
      },
    },
    now: () => now,
    random: () => 0,
    logger: { warn: at('warn'), error: at('error'), info: at('info') } as unknown as Logger,
  });
});

const readiness = () =>
  Promise.all(
    gate.dependencies.map(({ name, check }) =>
      check().then(
        () => [name, 'up'],
        () => [name, 'down'],
      ),
    ),
  );

describe('the gate', () => {
  it('lets everything through, and asks nothing, while all is well', async () => {
    gate.begun(100);
    gate.report({ kind: 'accepted', code: 250, response: null });
    expect(gate.room()).toBe(Number.POSITIVE_INFINITY);
    expect(await gate.probeIfDue()).toBe(false);
    expect([probes, lines]).toEqual([0, []]);
  });

  it('asks at the start, and says before the first mail that the relay is away, but holds none back', async () => {
    await gate.probeFirst();
    expect((await readiness()).map(([, state]) => state)).toEqual(['up', 'up']);
    answer = failing('away');
    await gate.probeFirst();
    expect(await readiness()).toEqual([
      ['mail', 'down'],
      ['mail_access', 'up'],
    ]);
    expect([probes, lines, gate.room()]).toEqual([2, [], Number.POSITIVE_INFINITY]);
    now = 1_000;
    answer = undefined;
    await gate.probeIfDue();
    expect((await readiness()).map(([, state]) => state)).toEqual(['up', 'up']);
    now = 100_000;
    await gate.probeIfDue();
    expect(probes).toBe(3);
  });

  it('believes a mail more than what was found at the start', async () => {
    answer = failing('login');
    await gate.probeFirst();
    gate.report({ kind: 'accepted', code: 250, response: null });
    expect((await readiness()).map(([, state]) => state)).toEqual(['up', 'up']);
  });

  it.each<[PauseReason, string]>([
    ['away', 'warn'],
    ['dns', 'error'],
    ['tls', 'error'],
    ['login', 'error'],
    ['refused', 'error'],
  ])('closes for %s with one line at %s, however many mails failed', async (reason, level) => {
    gate.report(failing(reason));
    gate.report(failing(reason));
    now = 60_000;
    answer = failing(reason);
    await gate.probeIfDue();
    expect(gate.room()).toBe(0);
    expect(lines).toEqual([[level, reason]]);
    const down = ['away', 'dns'].includes(reason) ? 'mail' : 'mail_access';
    expect((await readiness()).filter(([, state]) => state === 'down')).toEqual([[down, 'down']]);
  });

  it('opens slowly once a probe is answered, one probe at a time', async () => {
    gate.report(failing('away'));
    now = 500;
    expect(await gate.probeIfDue()).toBe(false);
    now = 1_000;
    expect(await Promise.all([gate.probeIfDue(), gate.probeIfDue()])).toEqual([true, false]);
    expect(probes).toBe(1);
    expect(gate.room()).toBe(1);
    gate.begun(1);
    expect(gate.room()).toBe(0);
    now = 2_000;
    expect(gate.room()).toBeGreaterThan(0);
    expect(gate.room()).toBeLessThan(6);
    expect(lines.at(-1)).toEqual(['info', 'away']);
  });

  it('believes a relay that refused us only when it has taken a mail', async () => {
    gate.report(failing('refused'));
    now = 2_000;
    await gate.probeIfDue();
    expect(lines).toEqual([['error', 'refused']]);
    gate.report(failing('refused'));
    now = 10_000;
    await gate.probeIfDue();
    gate.report({ kind: 'accepted', code: 250, response: null });
    expect(lines).toEqual([
      ['error', 'refused'],
      ['info', 'refused'],
    ]);
  });

  it('tells of another reason', async () => {
    gate.report(failing('away'));
    answer = failing('login');
    now = 1_000;
    await gate.probeIfDue();
    expect(lines).toEqual([
      ['warn', 'away'],
      ['error', 'login'],
    ]);
  });

  it('stays open for what concerns one mail alone', () => {
    for (const kind of ['rejected', 'deferred', 'unknown', 'own_fault', 'interrupted'] as const) {
      gate.report(silentOutcome(kind));
    }
    gate.report(undefined);
    expect(gate.room()).toBe(Number.POSITIVE_INFINITY);
  });
});
