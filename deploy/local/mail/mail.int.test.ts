import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MailCatcher, type MailCatcherOptions, startMailCatcher } from './index.ts';
import type { MessageDetails, MessageSummary } from './message.ts';
import { rawSmtp, sendRaw } from './raw-smtp.ts';

let dataDir: string;
let mail: MailCatcher;
const undo: (() => unknown)[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'meander-mail-'));
  mail = await start();
});

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<MailCatcherOptions> = {}): Promise<MailCatcher> {
  const started = await startMailCatcher({ smtpPort: 0, webPort: 0, dataDir, ...options });
  undo.push(() => started.stop());
  return started;
}

type Sent = { from?: string; to?: string[]; body?: string | Buffer; subject?: string };

function send({ subject = 'Hello', body = `Subject: ${subject}\r\n\r\nText`, ...envelope }: Sent = {}) {
  return sendRaw(mail.smtpPort, { ...envelope, body });
}

const get = (path: string, init?: RequestInit) =>
  fetch(`${mail.webUrl}${path}`, { redirect: 'manual', ...init });
const list = async (query = '') => (await (await get(`/messages${query}`)).json()) as MessageSummary[];
const subjects = async (query = '') => (await list(query)).map(({ subject }) => subject);

async function only(): Promise<MessageDetails> {
  const [message, ...more] = await list();
  expect(more).toEqual([]);
  return (await get(`/messages/${message?.id}`)).json() as Promise<MessageDetails>;
}

/** fetch lets nobody choose the Host header. */
function statusAs(host: string, path = '/messages'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port: mail.webPort, host: '127.0.0.1', path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('over SMTP', () => {
  it('offers what a modern client uses, and neither login nor TLS', async () => {
    const smtp = await rawSmtp(mail.smtpPort);
    const [offer = ''] = await smtp.say('EHLO test');
    await smtp.close();
    for (const feature of ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 10485760'])
      expect(offer).toContain(feature);
    expect(offer).not.toMatch(/AUTH|STARTTLS/);
  });

  it('has a message on disk and in the list before it says 250', async () => {
    const reply = await send({ subject: 'First' });
    const [message] = await list();
    expect(reply).toBe(`250 OK: kept as ${message?.id}\r\n`);
    expect((await readdir(dataDir)).sort()).toEqual([`${message?.id}.eml`, `${message?.id}.json`]);
    if (process.platform !== 'win32') {
      expect((await stat(join(dataDir, `${message?.id}.eml`))).mode & 0o777).toBe(0o600);
    }
  });

  it('takes several messages over one connection, and letters in addresses', async () => {
    const smtp = await rawSmtp(mail.smtpPort);
    await smtp.say('EHLO test');
    for (const name of ['åse', 'øystein']) {
      const replies = await smtp.say(
        `MAIL FROM:<${name}@example.no> SMTPUTF8`,
        `RCPT TO:<${name}@example.no>`,
        'DATA',
      );
      expect(replies.map((reply) => reply.slice(0, 3))).toEqual(['250', '250', '354']);
      expect(await smtp.data(`Subject: ${name}\r\n\r\n`)).toMatch(/^250/);
    }
    await smtp.close();
    expect((await list()).map(({ to }) => to)).toEqual(['øystein@example.no', 'åse@example.no']);
  });

  it('keeps the envelope apart from what the message says', async () => {
    await send({
      from: '',
      to: ['a@example.no', 'b@example.no'],
      body: 'From: x@y.no\r\nTo: z@y.no\r\n\r\nText',
    });
    const message = await only();
    expect(message).toMatchObject({ from: '', to: 'a@example.no, b@example.no', subject: '' });
    expect(message.envelope).toEqual({ from: '', to: ['a@example.no', 'b@example.no'] });
  });

  it('shows an xn-- domain as it was sent', async () => {
    await send({ to: ['post@xn--blbr-roah.no'] });
    expect((await only()).to).toBe('post@xn--blbr-roah.no');
    expect(await subjects('?to=post@xn--blbr-roah.no')).toEqual(['Hello']);
    expect(await subjects(`?to=${encodeURIComponent('post@blåbær.no')}`)).toEqual(['Hello']);
  });

  it('refuses what is larger than 10 MB, and takes what is not', async () => {
    const smtp = await rawSmtp(mail.smtpPort);
    await smtp.say('EHLO test', 'MAIL FROM:<a@b.no>', 'RCPT TO:<a@b.no>', 'DATA');
    const line = `${'x'.repeat(998)}\r\n`;
    expect(await smtp.data(line.repeat(10_500))).toMatch(/^552/);
    await smtp.say('MAIL FROM:<a@b.no>', 'RCPT TO:<a@b.no>', 'DATA');
    expect(await smtp.data(`Subject: Large\r\n\r\n${line.repeat(9_000)}`)).toMatch(/^250/);
    await smtp.close();
    expect(await subjects()).toEqual(['Large']);
  });

  it('asks to try again later when it cannot write', async () => {
    await rm(dataDir, { recursive: true });
    expect(await send()).toMatch(/^452/);
    expect(await list()).toEqual([]);
  });
});

describe('GET /messages', () => {
  it('lists the newest first', async () => {
    for (const subject of ['one', 'two', 'three']) await send({ subject });
    const messages = await list();
    expect(messages.map(({ subject }) => subject)).toEqual(['three', 'two', 'one']);
    expect(Object.keys(messages[0] ?? {}).sort()).toEqual(['from', 'id', 'received_at', 'subject', 'to']);
    expect(messages[0]?.received_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(messages[0]?.from).toBe('hei@meander.example');
  });

  it('keeps all of many that come at once', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, index) => send({ subject: `${index}` })));
    expect(new Set(await subjects()).size).toBe(40);
    const ids = (await list()).map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted().reverse());
  });

  it('can be narrowed to one recipient', async () => {
    await send({ to: ['a@example.no', 'B@example.no'], subject: 'both' });
    await send({ to: ['aa@example.no'], subject: 'other' });
    expect(await subjects('?to=b@EXAMPLE.no')).toEqual(['both']);
    expect(await subjects('?to=nobody@example.no')).toEqual([]);
  });
});

describe('GET /messages/:id', () => {
  const body = Buffer.from(
    [
      'From: =?utf-8?Q?=C3=85se_=C3=98deg=C3=A5rd?= <aase@example.no>',
      'Subject: =?utf-8?B?UsO4ZCBncsO4dCBww6UgYm9yZGV0?=',
      'Received: from b',
      'Received: from a',
      'X-Long: first',
      ' second',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=outer',
      '',
      '--outer',
      'Content-Type: multipart/alternative; boundary=inner',
      '',
      '--inner',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      'Rød grøt <på> bordet',
      '--inner',
      'Content-Type: text/html; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '<p>R=F8d gr=F8t</p><img src="cid:dot">',
      '--inner--',
      '--outer',
      "Content-Type: text/plain; name*=utf-8''m%C3%B8te.txt",
      "Content-Disposition: attachment; filename*=utf-8''m%C3%B8te.txt",
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('blåbær').toString('base64'),
      '--outer--',
      '',
    ].join('\r\n'),
  );

  it('gives all parts, decoded', async () => {
    await send({ body });
    const message = await only();
    expect(message.subject).toBe('Rød grøt på bordet');
    expect(message.text?.trim()).toBe('Rød grøt <på> bordet');
    expect(message.html?.trim()).toBe('<p>Rød grøt</p><img src="cid:dot">');
    expect(message.attachments).toEqual([
      {
        filename: 'møte.txt',
        content_type: 'text/plain',
        size: 8,
        content: Buffer.from('blåbær').toString('base64'),
      },
    ]);
    expect(message.headers).toMatchObject({
      from: 'Åse Ødegård <aase@example.no>',
      subject: 'Rød grøt på bordet',
      received: ['from b', 'from a'],
      'x-long': 'first second',
    });
  });

  it('says null for a part that is not there', async () => {
    await send({ body: 'Content-Type: text/html\r\n\r\n<p>Hei</p>' });
    expect(await only()).toMatchObject({
      text: null,
      html: expect.stringContaining('<p>Hei</p>'),
      attachments: [],
    });
    const { id } = await only();
    expect((await get(`/messages/${id}/html`)).status).toBe(200);
    await get('/messages', { method: 'DELETE' });
    await send();
    const plain = await only();
    expect(plain).toMatchObject({ text: expect.stringContaining('Text'), html: null });
    expect((await get(`/messages/${plain.id}/html`)).status).toBe(404);
  });

  it('gives the source as it came, and attachments to save', async () => {
    await send({ body });
    const { id } = await only();
    const raw = await get(`/messages/${id}/raw`);
    expect(raw.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(Buffer.from(await raw.arrayBuffer()).toString()).toBe(`${body}\r\n`);
    const file = await get(`/messages/${id}/attachments/0`);
    expect(await file.text()).toBe('blåbær');
    expect(file.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''m%C3%B8te.txt");
    expect((await get(`/messages/${id}/attachments/1`)).status).toBe(404);
  });

  it('takes a message that is no message', async () => {
    await send({ body: Buffer.from([0, 255, 254, 10, 13, 1, 2]) });
    const { id } = await only();
    expect((await get(`/view/${id}`)).status).toBe(200);
  });
});

describe('the web server', () => {
  it('says what is wrong as a problem document', async () => {
    for (const [path, method, status, allow] of [
      ['/nothing', 'GET', 404, null],
      ['/messages/123456789', 'GET', 404, null],
      ['/messages', 'PUT', 405, 'GET, HEAD, DELETE'],
      ['/messages/123456789/raw', 'DELETE', 405, 'GET, HEAD'],
      ['/clear', 'GET', 405, 'POST'],
    ] as const) {
      const response = await get(path, { method });
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, status, allow]);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({ status, title: expect.any(String) });
    }
  });

  it('answers HEAD like GET, without the body', async () => {
    const response = await get('/messages', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      '2',
      '',
    ]);
  });

  it('answers to no name but those of this machine', async () => {
    for (const host of ['localhost', '127.0.0.1:1080', '[::1]:1080', 'LOCALHOST:9']) {
      expect([host, await statusAs(host)]).toEqual([host, 200]);
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil.example:1080',
    ]) {
      expect([host, await statusAs(host)]).toEqual([host, 421]);
      expect([host, await statusAs(host, '/')]).toEqual([host, 421]);
    }
  });

  it('empties the inbox, but not for a page of another site', async () => {
    await send();
    for (const [path, method] of [
      ['/messages', 'DELETE'],
      ['/clear', 'POST'],
    ] as const) {
      for (const origin of ['http://evil.example', 'null']) {
        expect((await get(path, { method, headers: { origin } })).status).toBe(403);
      }
    }
    expect(await list()).toHaveLength(1);
    expect((await get('/messages', { method: 'DELETE' })).status).toBe(204);
    expect(await list()).toEqual([]);
    expect(await readdir(dataDir)).toEqual([]);
    await send();
    const cleared = await get('/clear', { method: 'POST', headers: { origin: mail.webUrl } });
    expect([cleared.status, cleared.headers.get('location')]).toEqual([303, '/']);
    expect(await list()).toEqual([]);
  });

  it('says "not modified" until the next mail', async () => {
    const tag = (await get('/')).headers.get('etag') ?? '';
    const ask = async () => (await get('/', { headers: { 'if-none-match': tag } })).status;
    expect(await ask()).toBe(304);
    await send();
    expect(await ask()).toBe(200);
  });
});

describe('the page', () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`;

  it('lists, searches and opens messages', async () => {
    await send({ subject: 'Blåbær', to: ['kari@example.no'] });
    await send({ subject: 'Tyttebær', to: ['ola@example.no'] });
    const page = await (await get('/')).text();
    for (const text of [
      '2 messages',
      'Blåbær',
      'kari@example.no',
      'from hei@meander.example',
      '<time datetime=',
    ]) {
      expect(page).toContain(text);
    }
    const found = await (await get(`/?q=${encodeURIComponent('BLÅ')}`)).text();
    expect(found).toContain('Blåbær');
    expect(found).not.toContain('Tyttebær');
    const href = /href="(\/view\/\w+\?q=[^"]+)"/.exec(found)?.[1] ?? '';
    const view = await (await get(href)).text();
    expect(view).toContain('<h1 dir="auto">Blåbær</h1>');
    expect(view).toContain('<pre dir="auto">Text');
    expect(view).not.toContain('Tyttebær');
    expect((await get('/view/123456789')).status).toBe(404);
  });

  it('runs nothing that a mail brings along', async () => {
    const encoded = `=?utf-8?B?${Buffer.from(hostile).toString('base64')}?=`;
    await send({
      body: [
        `Subject: ${encoded}`,
        `From: ${encoded} <x@y.no>`,
        `X-Test: ${hostile}`,
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b\r\nContent-Type: text/html\r\n',
        `<base href="http://evil.example/"><script>alert(1)</script><p>Shown</p>`,
        `--b\r\nContent-Type: text/plain; name="${encoded}"\r\nContent-Disposition: attachment\r\n`,
        'file',
        '--b--',
      ].join('\r\n'),
    });
    const { id } = await only();
    for (const path of [
      '/',
      ...['html', 'headers', 'attachments'].map((part) => `/view/${id}?part=${part}`),
    ]) {
      const response = await get(path);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      const page = await response.text();
      expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
      expect(page.match(/<script[^>]*>/g)).toEqual(['<script src="/inbox.js" type="module">']);
      expect(page).not.toMatch(/<[^>]+\s(on\w+|style)=/);
      expect(page.match(/(?:src|href|action)="(?!\/|#)[^"]*"/g)).toBeNull();
    }
    expect(await (await get(`/view/${id}`)).text()).toMatch(
      new RegExp(
        `<iframe src="/messages/${id}/html"[^>]*\\ssandbox="allow-popups allow-popups-to-escape-sandbox"`,
      ),
    );
    const part = await get(`/messages/${id}/html`);
    expect(await part.text()).toContain('<p>Shown</p>');
    const policy = part.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox;/);
    for (const rule of ["default-src 'none'", "base-uri 'none'", "form-action 'none'", 'img-src data:']) {
      expect(policy).toContain(rule);
    }
    expect((await get(`/messages/${id}/raw`)).headers.get('content-security-policy')).toMatch(/^sandbox/);
  });

  it('loads its style, its script and its icon from this server', async () => {
    for (const [path, type] of [
      ['/inbox.css', 'text/css; charset=utf-8'],
      ['/inbox.js', 'text/javascript; charset=utf-8'],
      ['/icon.svg', 'image/svg+xml'],
    ]) {
      const response = await get(`${path}`);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([path, 200, type]);
    }
  });
});

describe('what is kept', () => {
  it('is found by a second start', async () => {
    await send({ subject: 'one' });
    await send({ subject: 'to' });
    const before = await list();
    await mail.stop();
    mail = await start();
    expect(await list()).toEqual(before);
    await send({ subject: 'tre' });
    expect(await subjects()).toEqual(['tre', 'to', 'one']);
  });

  it('leaves out what is damaged', async () => {
    for (const subject of ['a', 'b', 'c', 'd', 'whole']) await send({ subject });
    const [, d, c, b, a] = (await list()).map(({ id }) => id);
    await mail.stop();
    await writeFile(join(dataDir, `${a}.json`), '{"envel');
    await writeFile(
      join(dataDir, `${b}.json`),
      '{"envelope":{"from":1,"to":"x"},"subject":"s","received_at":"never"}',
    );
    await rm(join(dataDir, `${c}.eml`));
    await rm(join(dataDir, `${d}.json`));
    await writeFile(join(dataDir, 'notes.txt'), 'not ours');
    mail = await start();
    expect(await subjects()).toEqual(['whole']);
    await get('/messages', { method: 'DELETE' });
    expect(await readFile(join(dataDir, 'notes.txt'), 'utf8')).toBe('not ours');
  });

  it('is the newest when there is more than the limit', async () => {
    await mail.stop();
    mail = await start({ maxMessages: 2 });
    for (const subject of ['one', 'two', 'three']) await send({ subject });
    expect(await subjects()).toEqual(['three', 'two']);
    expect(await readdir(dataDir)).toHaveLength(4);
    await mail.stop();
    mail = await start({ maxMessages: 1 });
    expect(await subjects()).toEqual(['three']);
  });
});

describe('ports', () => {
  async function hold(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    undo.push(() => server.close());
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  it('that are taken are named in one line with their setting', async () => {
    const taken = await hold();
    await expect(start({ smtpPort: taken })).rejects.toThrow(
      new RegExp(`^.*127.0.0.1:${taken}: the port is taken.*MAIL_SMTP_PORT.*$`),
    );
    const { smtpPort } = mail;
    await mail.stop();
    await expect(start({ smtpPort, webPort: taken })).rejects.toThrow(
      new RegExp(`^.*127.0.0.1:${taken}: the port is taken.*MAIL_WEB_PORT.*$`),
    );
    // The first of the two is free again.
    expect((await start({ smtpPort })).smtpPort).toBe(smtpPort);
  });

  it('are free after stop, which ends idle connections and may be called twice', async () => {
    const { smtpPort, webPort } = mail;
    const idle = await rawSmtp(smtpPort);
    await get('/messages');
    const closed = once(idle.socket, 'close');
    await Promise.all([mail.stop(), mail.stop()]);
    await mail.stop();
    await closed;
    mail = await start({ smtpPort, webPort });
    expect(mail).toMatchObject({
      smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
      webUrl: `http://127.0.0.1:${webPort}`,
    });
  });
});
