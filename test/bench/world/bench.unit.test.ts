import { describe, expect, it } from 'vitest';
import { interleave, openBench } from './bench.ts';

const open = () =>
  openBench({
    short: true,
    runs: 1,
    ground: { databaseUrl: '', templateName: '', amqpUrl: '', redisUrl: '' },
  });

describe('interleaving', () => {
  it('measures each once a run, and begins every run with another one', async () => {
    const order: string[] = [];
    const variant = (name: string) => async () => void order.push(name);
    await interleave(3, ['a', 'b', 'c'].map(variant));
    expect(order.join('')).toBe('abcbcacab');
  });
});

describe('the end of a section', () => {
  it('ends the last first, and goes on past what cannot be ended', async () => {
    const bench = open();
    const ended: string[] = [];
    bench.until('database', (name) => void ended.push(name));
    bench.until('broken', () => {
      throw new Error('it is stuck');
    });
    bench.until('service', async (name) => void ended.push(name));
    expect(await bench.end()).toEqual(['Error: it is stuck']);
    expect(ended).toEqual(['service', 'database']);
  });

  it('has nothing to do a second time', async () => {
    const bench = open();
    let times = 0;
    bench.until('part', () => {
      times += 1;
    });
    await bench.end();
    await bench.end();
    expect(times).toBe(1);
  });
});

describe('a series', () => {
  it('has one value a run, in their order, or a reason why it has none', () => {
    const bench = open();
    bench.record('relay', '/s', 20);
    bench.record('relay', '/s', 10);
    bench.absent('pgbench', 'it is not installed');
    expect(bench.measured).toEqual({
      relay: { unit: '/s', values: [20, 10] },
      pgbench: 'it is not installed',
    });
  });
});
