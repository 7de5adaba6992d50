import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Status } from './fields.ts';
import { statuses } from './fields.ts';
import { allowedTransitions, decideTransition, isFinal, parseStatus, transitionPolicies } from './status.ts';

const anyStatus = fc.constantFrom(...statuses);
const anyPolicy = fc.constantFrom(...transitionPolicies);
const order: Record<Status, number> = {
  new: 0,
  contacted: 1,
  qualified: 2,
  demo_scheduled: 3,
  converted: 4,
  lost: 4,
};

describe('decideTransition', () => {
  it('never lets a sequence of moves go back, and leaves a final lead where it is', () => {
    fc.assert(
      fc.property(anyPolicy, anyStatus, fc.array(anyStatus, { maxLength: 30 }), (policy, start, wishes) => {
        let current = start;
        for (const to of wishes) {
          if (!decideTransition(current, to, policy).ok) continue;
          expect(isFinal(current)).toBe(false);
          expect(order[to]).toBeGreaterThan(order[current]);
          current = to;
        }
      }),
    );
  });

  it('refuses the same status again', () => {
    for (const policy of transitionPolicies) {
      for (const status of statuses) expect(decideTransition(status, status, policy).ok).toBe(false);
    }
  });

  it('tells a refused mover where the lead is and where it may go', () => {
    expect(decideTransition('qualified', 'new', 'stepwise')).toEqual({
      ok: false,
      from: 'qualified',
      to: 'new',
      allowed: ['demo_scheduled', 'lost'],
    });
  });

  it('agrees with the list of allowed moves', () => {
    fc.assert(
      fc.property(anyStatus, anyStatus, anyPolicy, (from, to, policy) => {
        expect(decideTransition(from, to, policy).ok).toBe(allowedTransitions(from, policy).includes(to));
      }),
    );
  });
});

describe('allowedTransitions', () => {
  it.each([
    ['new', ['contacted', 'qualified', 'demo_scheduled', 'converted', 'lost']],
    ['contacted', ['qualified', 'demo_scheduled', 'converted', 'lost']],
    ['qualified', ['demo_scheduled', 'converted', 'lost']],
    ['demo_scheduled', ['converted', 'lost']],
    ['converted', []],
    ['lost', []],
  ] as const)('lets a lead skip stages forward from %s', (from, allowed) => {
    expect(allowedTransitions(from, 'forward')).toEqual(allowed);
  });

  it.each([
    ['new', ['contacted', 'lost']],
    ['contacted', ['qualified', 'lost']],
    ['qualified', ['demo_scheduled', 'lost']],
    ['demo_scheduled', ['converted', 'lost']],
    ['converted', []],
    ['lost', []],
  ] as const)('lets a lead take one step, or be lost, from %s', (from, allowed) => {
    expect(allowedTransitions(from, 'stepwise')).toEqual(allowed);
  });
});

describe('isFinal', () => {
  it('is true for converted and lost alone', () => {
    expect(statuses.filter(isFinal)).toEqual(['converted', 'lost']);
  });
});

describe('parseStatus', () => {
  it('reads every status and nothing else', () => {
    for (const status of statuses) expect(parseStatus(status)).toBe(status);
    for (const other of ['', 'NEW', ' new', 'constructor', 'archived', null, undefined, 0, ['new'], {}]) {
      expect(parseStatus(other)).toBeUndefined();
    }
  });
});
