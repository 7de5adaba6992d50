import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { freePort, startSmtpScript, waitUntil } from '@meander/testing';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DnsServer, startDnsServer } from './dns-server.fixture.ts';
import { type Product, startProduct } from './product.ts';

interface Finding {
  check: string;
  level: 'ok' | 'note' | 'fault';
  says: string;
  mend?: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const domain = 'meander.example';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const published = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

let product: Product;
let dns: DnsServer;
let env: Record<string, string>;

/** Runs the command as somebody at a terminal, or a script, does. */
async function doctor(overlay: Record<string, string> = {}, args: string[] = ['--json', '--no-booking']) {
  const child = spawn(process.execPath, ['deploy/doctor/main.ts', ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...env, ...overlay },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  const findings = args.includes('--json') && code !== 2 ? (JSON.parse(out).findings as Finding[]) : [];
  return {
    code,
    out,
    err,
    of: (check: string) => findings.filter((finding) => finding.check === check),
    faults: findings.filter(({ level }) => level === 'fault'),
  };
}

const txt = (name: string, data: string) => ({
  type: 'TXT' as const,
  name,
  data: data.match(/.{1,250}/g) ?? [''],
});
/** The DNS as it should be. */
function soundDns() {
  const dkim = `s1._domainkey.${domain}`;
  dns.records.clear();
  dns.records
    .set(`MX ${domain}`, [{ type: 'MX', name: domain, data: { preference: 10, exchange: `mx.${domain}` } }])
    .set(`TXT ${domain}`, [txt(domain, 'v=spf1 include:relay.example -all')])
    .set('TXT relay.example', [txt('relay.example', 'v=spf1 ip4:192.0.2.0/24 -all')])
    .set(`TXT ${dkim}`, [txt(dkim, `v=DKIM1; k=rsa; p=${published}`)])
    .set(`TXT _dmarc.${domain}`, [txt(`_dmarc.${domain}`, 'v=DMARC1; p=reject')]);
}

beforeAll(async () => {
  dns = await startDnsServer();
  const port = String(await freePort());
  const settings = {
    INTAKE_PORT: port,
    PUBLIC_BASE_URL: `http://127.0.0.1:${port}`,
    FORM_SIGNING_KEY: 'k'.repeat(40),
    MAIL_FROM: `Meander <hei@${domain}>`,
    DOCTOR_EMAIL: `doctor@${domain}`,
    DKIM_DOMAIN: domain,
    DKIM_SELECTOR: 's1',
    DKIM_PRIVATE_KEY: pem,
  };
  product = await startProduct(settings);
  env = {
    ...product.stack.env,
    ...settings,
    SMTP_URL: product.sink.url,
    TRUSTED_PROXIES: '127.0.0.1',
    INTAKE_URL: product.services.intake.url,
    NOTIFICATION_URL: product.services.notification.url,
    PIPELINE_URL: product.services.pipeline.url,
    DOCTOR_DNS_SERVERS: dns.address,
  };
  soundDns();
});
afterAll(async () => {
  dns?.stop();
  await product?.stop();
});

describe('npm run doctor, where all is well', () => {
  it('says so, books the whole way, mails its own mailbox and leaves nothing behind', async () => {
    const run = await doctor({}, ['--json']);
    expect(run.faults).toEqual([]);
    expect(run.code).toBe(0);
    expect(run.of('journey').map(({ says }) => says)).toEqual([
      expect.stringContaining('went from the form to the mail server'),
      expect.stringContaining('removed again'),
    ]);
    expect(product.sink.mails.map(({ to }) => to)).toEqual([[`doctor@${domain}`]]);
    expect(await product.stack.db('leads')).toEqual([]);
    for (const check of ['database', 'broker', 'mail', 'templates', 'dns', 'services', 'proxies', 'clocks'])
      expect(run.of(check).length, check).toBeGreaterThan(0);
    expect(run.of('dns').map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('reads for people as well, and tells no secret', async () => {
    const { code, out } = await doctor({}, ['--no-booking']);
    expect(code).toBe(0);
    expect(out).toMatch(/^database\n {2}ok {4}PostgreSQL/);
    expect(out).toMatch(/\nNothing to mend\.\n$/);
    for (const secret of [env.FORM_SIGNING_KEY, pem.slice(60, 100), 'guest:guest'])
      expect(out).not.toContain(secret);
  });

  it('takes away what a run that died has left', async () => {
    const { db } = product.stack;
    const proof = await import('@meander/synthetic');
    await proof.bookSynthetic({ baseUrl: env.PUBLIC_BASE_URL ?? '', key: env.FORM_SIGNING_KEY ?? '' });
    await db('synthetic_leads').update({ marked_at: db.raw("clock_timestamp() - interval '11 minutes'") });
    const run = await doctor({}, ['--json']);
    expect(run.code).toBe(0);
    // Whichever came first: the doctor, or intake's own clearing.
    expect(await db('leads')).toEqual([]);
  });
});

describe('npm run doctor, where something is wrong', () => {
  it('is configured wrongly: every fault of all services at once, and exit code 2', async () => {
    const { code, err } = await doctor({
      DATABASE_URL: 'mysql://x',
      TRUSTED_PROXIES: 'nobody',
      SALES_EMAIL: '@',
    });
    expect(code).toBe(2);
    for (const name of ['DATABASE_URL', 'TRUSTED_PROXIES', 'SALES_EMAIL'])
      expect(err.match(new RegExp(`^ {2}${name}`, 'gm'))).toHaveLength(1);
    expect((await doctor({}, ['--jsno'])).code).toBe(2);
  });

  it.each([
    [
      'database',
      'DATABASE_URL',
      'postgres://postgres@127.0.0.1:9/x',
      /Nothing listens at 127\.0\.0\.1:9/,
      'DATABASE_URL',
    ],
    ['broker', 'AMQP_URL', 'amqp://127.0.0.1:9', /Nothing listens at 127\.0\.0\.1:9/, 'AMQP_URL'],
    ['redis', 'REDIS_URL', 'redis://127.0.0.1:9', /Nothing listens at 127\.0\.0\.1:9/, 'REDIS_URL'],
    ['mail', 'SMTP_URL', 'smtp://127.0.0.1:9', /does not answer/, 'SMTP_URL'],
    [
      'services',
      'PIPELINE_URL',
      'http://127.0.0.1:9',
      /pipeline does not answer at 127\.0\.0\.1:9/,
      'PIPELINE_URL',
    ],
    ['proxies', 'PUBLIC_BASE_URL', 'http://127.0.0.1:9', /does not lead to intake/, 'links? in a mail'],
  ])('%s: a closed port', async (check, variable, url, says, mend) => {
    const run = await doctor({ [variable]: url });
    expect(run.code).toBe(1);
    const found = run.of(check).find(({ level }) => level === 'fault');
    expect(found?.says).toMatch(says);
    expect(found?.mend).toMatch(new RegExp(mend.replace('links?', 'link'), 'i'));
  });

  it('a database that is not there, and one without the newest schema', async () => {
    const there = new URL(env.DATABASE_URL ?? '');
    const missing = await doctor({ DATABASE_URL: new URL('/no_such_database', there).href });
    expect(missing.of('database')[0]?.says).toMatch(/has no such database/);
    const { db } = product.stack;
    const [last] = await db('schema_migrations').orderBy('id', 'desc').limit(1);
    await db('schema_migrations').where({ id: last.id }).delete();
    const old = await doctor();
    expect(old.of('database').find(({ level }) => level === 'fault')).toMatchObject({
      says: expect.stringContaining(`from ${last.name} on`),
      mend: 'Run npm run migrate.',
    });
    await db('schema_migrations').insert(last);
  });

  it('a broker that refuses the password, and one where nobody consumes', async () => {
    const url = new URL(env.AMQP_URL ?? '');
    url.password = 'wrong';
    url.username = 'nobody';
    expect((await doctor({ AMQP_URL: url.href })).of('broker')[0]).toMatchObject({
      level: 'fault',
      says: expect.stringContaining('refuses the login'),
    });
    const fresh = await doctor({ AMQP_NAME_PREFIX: 'nobody-has-this.' });
    expect(fresh.of('broker').find(({ level }) => level === 'fault')?.says).toMatch(
      /Not declared yet: .*notification:lead:confirm/,
    );
  });

  it('a mail server that refuses the password', async () => {
    const smtp = await startSmtpScript();
    smtp.act = (stage) => (stage === 'auth' ? { code: 535, text: '5.7.8 Bad credentials' } : undefined);
    const run = await doctor({ SMTP_URL: smtp.url.replace('smtp://', 'smtp://user:wrong@') });
    expect(run.of('mail')[0]).toMatchObject({
      level: 'fault',
      says: expect.stringContaining('refuses our login. It answered 535'),
    });
    expect(smtp.received).toEqual([]);
    await smtp.stop();
  });

  it('a certificate that has expired, one that expires soon, and one that nobody vouches for', async () => {
    const now = Date.now();
    const day = 86_400_000;
    const serve = async (from: number, to: number) => {
      const made = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
        notBeforeDate: new Date(now + from * day),
        notAfterDate: new Date(now + to * day),
      });
      const server = createTlsServer({ key: made.private, cert: made.cert }, (socket) => socket.end());
      server.on('tlsClientError', () => {});
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { server, port: (server.address() as AddressInfo).port };
    };
    const [expired, unknown] = await Promise.all([serve(-60, -2), serve(-1, 300)]);
    const run = await doctor({
      SMTP_URL: `smtps://127.0.0.1:${expired.port}`,
      REDIS_URL: `rediss://127.0.0.1:${unknown.port}`,
    });
    expect(run.of('certificates').map(({ says }) => says)).toEqual([
      expect.stringMatching(/^The certificate of SMTP_URL .* expired on \d{4}-\d\d-\d\d\.$/),
      expect.stringMatching(/^Nobody that this machine trusts vouches for the certificate of REDIS_URL/),
    ]);
    expect(run.of('mail')[0]?.says).toMatch(/cannot be trusted: TLS fails/);
    for (const { server } of [expired, unknown]) server.close();
  });

  it('a clock that is wrong, and something else at PUBLIC_BASE_URL', async () => {
    const server = createServer((_req, res) => {
      res.sendDate = false;
      res.setHeader('Date', new Date(Date.now() - 90_000).toUTCString());
      res.end('hello');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const run = await doctor({
      PUBLIC_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    expect(run.of('proxies')[0]?.says).toBe(
      'Something else than intake answers at PUBLIC_BASE_URL (status 200).',
    );
    expect(run.faults.find(({ check }) => check === 'clocks')?.says).toMatch(
      /is (8[5-9]|9[0-5])\.\d s behind this machine/,
    );
    server.close();
  });

  it('a key that is not intake’s: it is told so, and nothing is booked', async () => {
    const run = await doctor({ FORM_SIGNING_KEY: 'x'.repeat(40) }, ['--json']);
    expect(run.of('proxies')[0]?.says).toMatch(/does not recognise the doctor/);
    expect(run.of('journey')[0]?.says).toMatch(/nothing was booked/);
    expect(await product.stack.db('leads')).toEqual([]);
  });

  it('a mailbox that refuses: the lead is removed all the same', async () => {
    product.sink.onRecipient = () => ({ code: 550, text: 'No such mailbox' });
    const run = await doctor({}, ['--json']);
    product.sink.onRecipient = () => undefined;
    expect(run.of('journey')[0]?.mend).toMatch(/DOCTOR_EMAIL/);
    await waitUntil('nothing is left', async () => (await product.stack.db('leads')).length === 0);
  });
});

describe('npm run doctor, and the DNS of MAIL_FROM', () => {
  const says = async () =>
    (await doctor())
      .of('dns')
      .filter(({ level }) => level === 'fault')
      .map((one) => one.says);

  it('misses every record that is not there, and says what to publish', async () => {
    dns.records.clear();
    const run = await doctor();
    const faults = run.of('dns').filter(({ level }) => level === 'fault');
    expect(faults.map((one) => one.says)).toEqual([
      expect.stringContaining('neither MX nor address'),
      expect.stringContaining('no SPF record'),
      expect.stringContaining(`No DKIM key is published at s1._domainkey.${domain}`),
      expect.stringContaining('no DMARC record'),
    ]);
    expect(faults[2]?.mend).toContain(published);
    soundDns();
  });

  it('sees a DKIM key that is another one, and one that is revoked', async () => {
    const name = `s1._domainkey.${domain}`;
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const wrong = other.export({ type: 'spki', format: 'der' }).toString('base64');
    dns.records.set(`TXT ${name}`, [txt(name, `v=DKIM1; k=rsa; p=${wrong}`)]);
    expect(await says()).toEqual([expect.stringContaining('is not the other half of DKIM_PRIVATE_KEY')]);
    dns.records.set(`TXT ${name}`, [txt(name, 'v=DKIM1; k=rsa; p=')]);
    expect(await says()).toEqual([expect.stringContaining('is revoked')]);
    soundDns();
  });

  it('sees an SPF record that lets everybody in, one too many, and a null MX', async () => {
    dns.records.set(`TXT ${domain}`, [txt(domain, 'v=spf1 +all')]);
    dns.records.set(`MX ${domain}`, [{ type: 'MX', name: domain, data: { preference: 0, exchange: '.' } }]);
    expect(await says()).toEqual([expect.stringContaining('null MX'), expect.stringContaining('+all')]);
    dns.records.set(`TXT ${domain}`, [txt(domain, 'v=spf1 -all'), txt(domain, 'v=spf1 ~all')]);
    expect(await says()).toContainEqual(expect.stringContaining('has 2 SPF records'));
    soundDns();
  });

  it('follows an SPF record as receivers do: no more than ten look-ups, and no include of nothing', async () => {
    const spf = (name: string, record: string) => dns.records.set(`TXT ${name}`, [txt(name, record)]);
    spf(domain, 'v=spf1 include:gone.example -all');
    expect(await says()).toEqual([expect.stringContaining('includes gone.example')]);
    // Three names here, and eight more there: eleven.
    spf(domain, 'v=spf1 mx include:relay.example include:more.example ip4:192.0.2.1 -all');
    spf(
      'more.example',
      `v=spf1 ${'abcdefgh'
        .split('')
        .map((one) => `a:${one}.example`)
        .join(' ')} ~all`,
    );
    expect(await says()).toEqual([expect.stringContaining('more than 10 look-ups')]);
    spf(
      'more.example',
      `v=spf1 ${'abcdefg'
        .split('')
        .map((one) => `a:${one}.example/24`)
        .join(' ')} ~all`,
    );
    expect(await says()).toEqual([]);
    spf(domain, 'v=spf1 redirect=loop.example');
    spf('loop.example', 'v=spf1 include:loop.example -all');
    expect(await says()).toEqual([expect.stringContaining('more than 10 look-ups')]);
    soundDns();
  });
});
