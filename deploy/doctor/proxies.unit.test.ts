import { describe, expect, it } from 'vitest';
import { judgeArrival } from './checks/proxies.ts';

const forged = '192.0.2.77';
const arrival = (peer_address: string, forwarded_for: string | null, client_address: string) => ({
  client_address,
  peer_address,
  forwarded_for,
});

describe('how a request of the doctor arrives at intake', () => {
  it('is right by itself, and behind proxies that are trusted', () => {
    expect(judgeArrival(arrival('198.51.100.4', forged, '198.51.100.4'), [])).toMatchObject({ level: 'ok' });
    const through = arrival('10.0.0.2', `${forged}, 198.51.100.4`, '198.51.100.4');
    expect(judgeArrival(through, ['10.0.0.0/8'])).toMatchObject({ level: 'ok' });
    const replaced = arrival('10.0.0.2', '198.51.100.4', '198.51.100.4');
    expect(judgeArrival(replaced, ['10.0.0.0/8'])).toMatchObject({ level: 'ok' });
  });

  it('is wrong where the proxy is not trusted: it names the address to add', () => {
    const found = judgeArrival(arrival('10.0.0.2', `${forged}, 198.51.100.4`, '10.0.0.2'), []);
    expect(found).toMatchObject({ level: 'fault', mend: 'Add 10.0.0.2 to TRUSTED_PROXIES.' });
  });

  it('is wrong where an inner proxy is taken for the visitor', () => {
    const found = judgeArrival(arrival('10.0.0.2', `${forged}, 198.51.100.4, 10.0.0.3`, '10.0.0.3'), [
      '10.0.0.2',
    ]);
    expect(found.mend).toContain('Add 10.0.0.3');
  });

  it('is wrong where a claim of the visitor is believed', () => {
    const found = judgeArrival(arrival('10.0.0.2', `${forged}, 198.51.100.4`, forged), ['0.0.0.0/0']);
    expect(found).toMatchObject({ level: 'fault', says: expect.stringContaining('is believed') });
  });

  it('tells nothing where this machine is itself a trusted one', () => {
    expect(judgeArrival(arrival('127.0.0.1', forged, forged), ['127.0.0.1'])).toMatchObject({
      level: 'note',
    });
  });
});
