import { describe, expect, it } from 'vitest';
import { readCall } from './outbox-call.ts';
import { queues } from './topology.ts';

const day = ['--from', '2026-01-31T00:00:00Z', '--to', '2026-02-01T00:00:00Z'];

describe('a call of outbox', () => {
  it('names a time, and a queue and types where not all are meant', () => {
    const from = ['--from', '2026-01-31T01:00:00+01:00', ...day.slice(2)];
    const types = ['--type', 'LeadCreated', '--type', 'LeadErased'];
    expect(readCall(['replay', ...from, '--queue', 'reports', ...types])).toEqual({
      ...{ command: 'replay', json: false, dryRun: false, queue: 'reports' },
      selection: {
        from: new Date('2026-01-31T00:00:00Z'),
        to: new Date('2026-02-01T00:00:00Z'),
        types: ['LeadCreated', 'LeadErased'],
      },
    });
    expect(readCall(['status', '--json'])).toEqual({ command: 'status', json: true });
  });

  it.each<[string, string[], RegExp]>([
    ['nothing', [], /^Usage/],
    ['another command', ['drop'], /^Usage/],
    ['a status of some time', ['status', ...day], /^Usage/],
    ['no time', ['replay'], /--from takes a time/],
    ['the dead letters', ['replay', ...day, '--queue', queues.dead.name], /no dead letters/],
    ['no queue', ['replay', ...day, '--queue', ''], /--queue takes the name/],
    [
      'a time without its zone',
      ['replay', '--from', '2026-01-31T00:00', ...day.slice(2)],
      /time with its zone/,
    ],
    ['a day that there is not', ['replay', ...day.slice(0, 2), '--to', '2026-02-41T00:00:00Z'], /--to takes/],
    ['an end before its begin', ['replay', '--from', '2026-02-02T00:00:00Z', ...day.slice(2)], /before --to/],
    ['a type that nobody knows', ['replay', ...day, '--type', 'toString'], /--type takes one of LeadCreated/],
    ['an option that there is not', ['replay', ...day, '--all'], /Unknown option/],
  ])('is refused with %s', (_what, args, why) => {
    expect(() => readCall(args)).toThrow(why);
  });
});
