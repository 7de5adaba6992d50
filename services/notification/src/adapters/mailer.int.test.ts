import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  makeAuthority,
  type SmtpAct,
  type SmtpScript,
  type SmtpSink,
  type SmtpStage,
  startSmtpScript,
  startSmtpSink,
} from '@meander/testing';
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mail } from '../domain/mail.ts';
import { createMailer, type Deadlines, deadlines } from './mailer.ts';

const from = { name: 'Berg, Dahl & co', address: 'post@meander.example' };
const mail: Mail = {
  messageId: '<one@meander.example>',
  to: { name: 'Kari Moe', address: 'kari@example.com' },
  replyTo: { name: '', address: 'sales@meander.example' },
  subject: 'Hei',
  text: 'Hei på deg',
  html: '<p>Hei på deg</p>',
  calendar: undefined,
};
const never = new AbortController().signal;

let script: SmtpScript;
let closing: (() => void)[] = [];

beforeEach(async () => {
  script = await startSmtpScript();
});

afterEach(async () => {
  for (const close of closing) close();
  closing = [];
  await script.stop();
});

function open(
  smtpUrl = script.url,
  options: { deadlines?: Partial<Deadlines>; ca?: string; connections?: number } = {},
) {
  const mailer = createMailer({ smtpUrl, connections: 5, from, ...options });
  closing.push(() => mailer.close());
  return mailer;
}

const when = (stage: SmtpStage, act: SmtpAct) => {
  script.act = (at) => (at === stage ? act : undefined);
};
const send = (mailer = open(), overlay: Partial<Mail> = {}) => mailer.send({ ...mail, ...overlay }, never);
const withLogin = () => script.url.replace('//', '//kari:secret@');

const no = (code: number, text = '5.7.1 no') => ({ code, text });

describe('an answer', () => {
  it.each<[SmtpStage, SmtpAct, string, string | undefined]>([
    ['greeting', no(421), 'away', 'away'],
    ['greeting', no(554), 'own_fault', 'refused'],
    ['greeting', 'close', 'away', 'away'],
    ['greeting', 'reset', 'away', 'away'],
    ['hello', no(421), 'away', 'away'],
    ['hello', no(550), 'own_fault', 'refused'],
    ['hello', 'close', 'away', 'away'],
    ['auth', no(454), 'away', 'away'],
    ['auth', no(535), 'own_fault', 'login'],
    ['auth', 'reset', 'away', 'away'],
    ['sender', no(451), 'deferred', undefined],
    ['sender', no(421), 'deferred', undefined],
    ['sender', no(530), 'own_fault', 'login'],
    ['sender', no(550), 'own_fault', 'refused'],
    ['sender', 'close', 'deferred', undefined],
    ['recipient', no(421), 'deferred', undefined],
    ['recipient', no(450), 'deferred', undefined],
    ['recipient', no(550), 'rejected', undefined],
    ['recipient', no(554, '5.7.1 Relay access denied'), 'own_fault', undefined],
    ['recipient', 'reset', 'deferred', undefined],
    ['data', no(451), 'deferred', undefined],
    ['data', no(554), 'rejected', undefined],
    ['data', 'close', 'deferred', undefined],
    ['message', no(421), 'deferred', undefined],
    ['message', no(452), 'deferred', undefined],
    ['message', no(554), 'rejected', undefined],
    ['message', no(354, 'hm'), 'unknown', undefined],
    ['message', 'close', 'unknown', undefined],
    ['message', 'reset', 'unknown', undefined],
  ])('at %s: %o is %s, pausing for %s', async (stage, act, kind, pauses) => {
    when(stage, act);
    const outcome = await send(open(withLogin()));
    expect([outcome.kind, outcome.pauses]).toEqual([kind, pauses]);
    expect(outcome.code).toBe(typeof act === 'object' ? act.code : null);
    expect(script.accepted).toEqual([]);
  });

  it('of 250 is kept as the server gave it', async () => {
    expect(await send()).toEqual({ kind: 'accepted', code: 250, response: '250 2.0.0 Ok: queued' });
    expect(script.accepted).toHaveLength(1);
  });

  it('SMT-05 that comes twice shifts the dialogue, and nobody knows what became of the mail', async () => {
    when('recipient', { code: 250, text: '2.1.5 Ok\r\n250 2.1.5 Ok' });
    expect(await send()).toMatchObject({ kind: 'unknown', code: 354 });
  });

  it('SMT-07 that breaks off in the middle of the message leaves nothing accepted', async () => {
    script.resetBodyAfter = 200;
    expect((await send()).kind).toBe('deferred');
    expect(script.received).toEqual([]);
  });
});

describe('a silent server', () => {
  it.each<[SmtpStage, string]>([
    ['greeting', 'away'],
    ['hello', 'away'],
    ['auth', 'away'],
    ['sender', 'deferred'],
    ['recipient', 'deferred'],
    ['data', 'deferred'],
    ['message', 'unknown'],
  ])('at %s is given up after its deadline, as %s', async (stage, kind) => {
    when(stage, 'stall');
    // Of the stage alone that is silent: a busy machine may take its time for the others.
    const short =
      stage === 'greeting'
        ? { greetingTimeout: 300 }
        : stage === 'message'
          ? { answer: 300 }
          : { socketTimeout: 1_000 };
    const outcome = await send(open(withLogin(), { deadlines: short }));
    expect(outcome.kind).toBe(kind);
  });

  it('SMT-09 is given at most 30 seconds at each stage, and RFC 5321’s ten minutes after the final dot', () => {
    expect(deadlines.answer).toBe(600_000);
    const { connectionTimeout, greetingTimeout, socketTimeout, dnsTimeout } = deadlines;
    expect(Math.max(connectionTimeout, greetingTimeout, socketTimeout, dnsTimeout)).toBeLessThanOrEqual(
      30_000,
    );
  });

  it.each<[SmtpStage, string]>([
    ['recipient', 'deferred'],
    ['message', 'unknown'],
  ])('that drips its answer at %s is given up as well, as %s', async (stage, kind) => {
    when(stage, { code: 250, text: 'O'.repeat(500), dripMs: 50 });
    expect((await send(open(script.url, { deadlines: { mail: 2_000, answer: 2_000 } }))).kind).toBe(kind);
  });

  it('that answers late after the final dot is waited for, and nobody’s time runs out meanwhile', async () => {
    script.act = async (stage) => {
      if (stage === 'message') await delay(1_300);
      return undefined;
    };
    const patience = { socketTimeout: 1_000, mail: 2_000 };
    const mailer = open(script.url, { connections: 1, deadlines: patience });
    const outcomes = await Promise.all([send(mailer), send(mailer), send(mailer)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(script.received).toHaveLength(3);
    expect(script.connections).toHaveLength(1);
  });

  it('between two mails has the shorter deadline again', async () => {
    const mailer = open(script.url, { connections: 1, deadlines: { socketTimeout: 1_000 } });
    await send(mailer);
    script.act = (stage, { session }) => (stage === 'sender' && session === 1 ? 'stall' : undefined);
    expect((await send(mailer)).kind).toBe('accepted');
    expect(script.connections).toHaveLength(2);
  });

  it('is broken off when we stop: nothing was sent, unless the dot was on its way', async () => {
    const stopAt = async (stage: SmtpStage) => {
      const stop = new AbortController();
      script.act = (at) => {
        if (at !== stage) return undefined;
        setTimeout(() => stop.abort(), 50);
        return 'stall';
      };
      return (await open().send(mail, stop.signal)).kind;
    };
    expect(await stopAt('recipient')).toBe('interrupted');
    expect(await stopAt('message')).toBe('unknown');
  });
});

it('a relay without an address, or that refuses connections, costs no attempt', async () => {
  const refused = await send(open('smtp://127.0.0.1:1'));
  expect([refused.kind, refused.pauses]).toEqual(['away', 'away']);
  const nowhere = await send(open('smtp://relay.invalid:25'));
  expect([nowhere.kind, nowhere.pauses]).toEqual(['own_fault', 'dns']);
});

it('a certificate that nobody vouches for is a fault of ours', async () => {
  const sink = await startSmtpSink({ tls: true });
  const mailer = open(sink.url);
  const outcome = await send(mailer);
  expect([outcome.kind, outcome.pauses]).toEqual(['own_fault', 'tls']);
  expect((await mailer.probe())?.pauses).toBe('tls');
  mailer.close();
  await sink.stop();
});

/** A server that says so much to each line, and then hangs up. */
async function hangsUpAfter(command: RegExp, answers: [RegExp, string][]): Promise<string> {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {}).write('220 script.example ESMTP\r\n');
    socket.on('data', (line: Buffer) => {
      const said = line.toString('latin1');
      const answer = answers.find(([pattern]) => pattern.test(said))?.[1] ?? '';
      if (command.test(said)) socket.end(answer);
      else socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `smtp://127.0.0.1:${(server.address() as { port: number }).port}`;
}

it('a server that agrees to STARTTLS and hangs up is a fault of TLS, seen by mails and probes', async () => {
  const mailer = open(
    await hangsUpAfter(/^STARTTLS/, [
      [/^EHLO/, '250-script.example\r\n250 STARTTLS\r\n'],
      [/^STARTTLS/, '220 2.0.0 Ready\r\n'],
    ]),
  );
  const { kind, pauses } = await send(mailer);
  expect([kind, pauses]).toEqual(['own_fault', 'tls']);
  expect((await mailer.probe())?.pauses).toBe('tls');
});

describe('with a CA of its own', () => {
  const authority = makeAuthority();
  const stranger = makeAuthority('Stranger CA');
  const certificate = authority.issue('DNS:localhost');
  afterAll(() => {
    authority.remove();
    stranger.remove();
  });

  it.each([
    ['smtp://', false],
    ['smtps://', true],
  ])(
    'mail goes by TLS to a relay of %s that this CA vouches for, and to no other',
    async (_scheme, secure) => {
      const sink = await startSmtpSink({ tls: certificate, secure });
      try {
        expect((await send(open(sink.url, { ca: authority.ca }))).kind).toBe('accepted');
        const [otherCa, otherHost] = [
          open(sink.url, { ca: stranger.ca }),
          open(sink.url.replace('localhost', '127.0.0.1'), { ca: authority.ca }),
        ];
        for (const mailer of [otherCa, otherHost]) {
          const { kind, pauses } = await send(mailer);
          expect([kind, pauses]).toEqual(['own_fault', 'tls']);
        }
        expect(sink.mails).toHaveLength(1);
      } finally {
        for (const close of closing.splice(0)) close();
        await sink.stop();
      }
    },
  );

  it('a relay that offers no STARTTLS gets nothing', async () => {
    const { kind, pauses } = await send(open(script.url, { ca: authority.ca }));
    expect([kind, pauses]).toEqual(['own_fault', 'tls']);
    expect(script.received).toEqual([]);
  });
});

it('a server that is no mail server is away', async () => {
  const server = createServer((socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const outcome = await send(open(`smtp://127.0.0.1:${port}`));
  expect(outcome.pauses).toBeDefined();
  server.close();
});

describe('a connection that was open before', () => {
  const tooMany = no(421, '4.7.0 Too many messages in this session');
  /** Lets one mail pass in each session, and does so at the stage of the next. */
  const afterOneMail = (stage: SmtpStage, act: SmtpAct) => {
    const begun = new Map<number, number>();
    script.act = (at, { session }) => {
      if (at === 'sender') begun.set(session, (begun.get(session) ?? 0) + 1);
      return at === stage && (begun.get(session) ?? 0) > 1 ? act : undefined;
    };
  };

  it.each<[SmtpStage, SmtpAct]>([
    ['sender', 'close'],
    ['sender', 'reset'],
    ['sender', tooMany],
    ['recipient', 'close'],
    ['recipient', tooMany],
    ['data', 'close'],
    ['data', tooMany],
  ])('and ends before it takes the message costs no mail anything: at %s, %o', async (stage, act) => {
    afterOneMail(stage, act);
    const mailer = open(script.url, { connections: 2 });
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => send(mailer)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(outcomes.map(() => 'accepted'));
    expect(script.received).toHaveLength(12);
  });

  it.each<SmtpStage>(['sender', 'recipient', 'data'])(
    'and every new one as well are answered by 421 at %s, and that is kept',
    async (stage) => {
      const mailer = open();
      await Promise.all([send(mailer), send(mailer), send(mailer)]);
      when(stage, tooMany);
      expect(await send(mailer)).toEqual({
        kind: 'deferred',
        code: 421,
        response: '421 4.7.0 Too many messages in this session',
      });
      expect(script.received).toHaveLength(3);
    },
  );

  it('is followed by none where the relay is gone: that costs no attempt', async () => {
    const mailer = open();
    await send(mailer);
    script.act = (stage) => (stage === 'sender' || stage === 'greeting' ? 'close' : undefined);
    expect(await send(mailer)).toMatchObject({ kind: 'away', pauses: 'away' });
    expect(script.connections).toHaveLength(2);
  });

  it('is followed by none when we stop', async () => {
    const mailer = open();
    await send(mailer);
    const stop = new AbortController();
    script.act = (stage) => {
      if (stage === 'greeting') stop.abort();
      return stage === 'greeting' ? 'stall' : 'close';
    };
    expect((await mailer.send(mail, stop.signal)).kind).toBe('interrupted');
    expect(script.connections).toHaveLength(2);
  });
});

describe('a probe', () => {
  it('tells whether mail would be taken, and sends none', async () => {
    expect(await open().probe()).toBeUndefined();
    when('auth', no(535));
    expect((await open(withLogin()).probe())?.pauses).toBe('login');
    when('greeting', no(421));
    expect((await open().probe())?.pauses).toBe('away');
    expect(script.received).toEqual([]);
  });
});

describe('the message', () => {
  let sink: SmtpSink;
  beforeEach(async () => {
    sink = await startSmtpSink();
  });
  afterEach(() => sink.stop());

  const sent = async (overlay: Partial<Mail>, options = {}) => {
    const mailer = createMailer({ smtpUrl: sink.url, connections: 5, from, ...options });
    expect((await mailer.send({ ...mail, ...overlay }, never)).kind).toBe('accepted');
    // The sink waits for its connections to end.
    mailer.close();
    const last = sink.mails.at(-1);
    if (!last) throw new Error('no mail');
    return { ...last, parsed: await simpleParser(last.source) };
  };

  it('says who it is from and that a machine made it, and offers no unsubscribing', async () => {
    const { parsed, source } = await sent({});
    expect(parsed.from?.value).toEqual([{ name: 'Berg, Dahl & co', address: 'post@meander.example' }]);
    expect(parsed.messageId).toBe('<one@meander.example>');
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(parsed.replyTo?.value[0]?.address).toBe('sales@meander.example');
    expect(source).not.toMatch(/^List-Unsubscribe/im);
  });

  it.each([
    ['EML-11 a comma in the name', 'Kari, Ola', 'Nordmann; Hansen'],
    ['EML-09 a line break in the name', 'Kari\r\nBcc: kopi@angriper.example', 'Moe'],
    ['an address in the name', 'Kari <ola@angriper.example>,', 'Moe'],
    ['a quote in the name', '"Kari" \\"', 'Moe'],
  ])('%s gives one recipient and no header', async (_what, first, last) => {
    const { to, source } = await sent({ to: { name: `${first} ${last}`, address: 'kari@example.com' } });
    expect(to).toEqual(['kari@example.com']);
    expect(source.match(/^To:/gim)).toHaveLength(1);
    const [headers = ''] = source.split('\r\n\r\n');
    expect(headers).not.toMatch(/^B?Cc:/im);
  });

  it('EML-17 has no line over 998 octets, whatever is in it', async () => {
    const long = 'N'.repeat(5_000);
    const { source, parsed } = await sent({
      subject: `Bestilling fra ${'N'.repeat(200)} ${'ø'.repeat(200)}`,
      text: long,
      html: `<p>${long}</p>`,
      to: { name: `${'K'.repeat(100)} ${'å'.repeat(100)}`, address: 'kari@example.com' },
    });
    for (const line of source.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
    expect(parsed.text?.trim()).toBe(long);
  });

  it('reads no file and fetches nothing', async () => {
    const { source } = await sent({ text: 'file:///etc/passwd', html: '<img src="http://127.0.0.1:1/x">' });
    expect(source).not.toContain('root:');
  });

  it('is signed where a key is set, and the signature covers what was sent', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 1024,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const dkim = { domainName: 'meander.example', keySelector: 'm1', privateKey };
    const { parsed, source } = await sent({}, { dkim });
    expect(source).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256; .*d=meander\.example;\s+q=dns\/txt; s=m1;/m);
    expect(parsed.text?.trim()).toBe('Hei på deg');
    const signed = createMailer({ smtpUrl: script.url, connections: 5, from, dkim });
    closing.push(() => signed.close());
    when('message', 'close');
    expect((await send(signed)).kind).toBe('unknown');
    when('data', 'close');
    expect((await send(signed)).kind).toBe('deferred');
  });

  it.each([
    ['REQUEST', 'invite.ics'],
    ['CANCEL', 'cancel.ics'],
  ] as const)('brings a calendar part that mail programs know as %s', async (method, filename) => {
    const content = `BEGIN:VCALENDAR\r\nMETHOD:${method}\r\nEND:VCALENDAR\r\n`;
    const { source, parsed } = await sent({ calendar: { method, content } });
    expect(source).toMatch(new RegExp(`Content-Type: text/calendar; charset=utf-8; method=${method}`, 'i'));
    expect(parsed.attachments.map((one) => one.filename)).toContain(filename);
  });
});
