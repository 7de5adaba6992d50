import { createTransport } from 'nodemailer';
import { afterAll, describe, expect, it } from 'vitest';
import type { SinkCommands } from '../helpers/sink.helper.ts';
import { startHelper } from './helper.ts';
import { readSample, toMessage } from './sample-mail.ts';

const sink = startHelper<SinkCommands>('sink');
afterAll(() => sink.stop());

const mail = {
  from: 'Meander <hei@example.no>',
  subject: 'Vi har fått bestillingen',
  text: 'Hei!\n.\n..en linje som begynner med punktum\n',
  html: '<p>Hei!</p>',
};

describe('the mail server of the benchmark', () => {
  it('counts what it has answered with 250, by its recipient, and shows the last', async () => {
    const url = await sink.call('listen');
    const transport = createTransport({ url, pool: true, maxConnections: 3 });
    const counting = sink.call('untilCount', { count: 10, seconds: 15 });
    const addresses = Array.from({ length: 10 }, (_, index) => `visitor.${index}@example.com`);
    await Promise.all(addresses.map((address) => transport.sendMail(toMessage(mail, address))));
    expect(await counting).toBe(10);
    const stamps = await sink.call('stamps');
    expect(stamps.map(([recipient]) => recipient).sort()).toEqual(addresses);
    expect(await sink.call('rate')).toBeGreaterThan(0);
    expect(await readSample(sink)).toMatchObject({
      subject: mail.subject,
      from: expect.stringContaining('hei@'),
    });

    await sink.call('reset');
    expect(await sink.call('rate')).toBe(0);
    expect(await sink.call('untilCount', { count: 1, seconds: 0 })).toBe(0);
    transport.close();
  });
});

describe('a helper process', () => {
  it('hands on what goes wrong in it', async () => {
    const lost = sink.call('clockOffset', { databaseUrl: 'postgres://nobody@127.0.0.1:1/none' });
    await expect(lost).rejects.toThrow(/sink: .*ECONNREFUSED/);
  });

  it('leaves no call without an answer when it ends', async () => {
    const helper = startHelper<SinkCommands>('sink');
    const waiting = helper.call('untilCount', { count: 1, seconds: 60 });
    await helper.stop();
    await expect(waiting).rejects.toThrow('sink ended (SIGKILL)');
    await expect(helper.call('rate')).rejects.toThrow();
  });
});
