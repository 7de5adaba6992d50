import { bookSynthetic, createProbe, deriveSigningKey, probeHeader } from '@meander/synthetic';
import { bookingBody, freePort, metricValue, scrape, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from './product.ts';

let product: Product;
const key = 'k'.repeat(40);
const sales = 'sales@example.no';

beforeAll(async () => {
  const port = String(await freePort());
  product = await startProduct({
    INTAKE_PORT: port,
    PUBLIC_BASE_URL: `http://127.0.0.1:${port}`,
    FORM_SIGNING_KEY: key,
    SALES_EMAIL: sales,
    MAIL_FROM: 'Meander <hei@meander.example>',
    CANARY_INTERVAL_SECONDS: '86400',
  });
});
afterAll(() => product?.stop());

/** Everything that sales can look at, as text. */
async function whatSalesSees(): Promise<string> {
  const paths = ['/leads', '/leads?q=Synthetic', '/pipeline', '/leads/export.csv', '/quarantine'];
  const answers = await Promise.all(
    paths.map(async (path) => {
      const answer = await product.sales(path);
      expect(answer.status, path).toBe(200);
      return answer.text();
    }),
  );
  return answers
    .join('\n')
    .replace(/"(waiting_seconds|longest_wait_seconds|created_after)":("[^"]*"|[\d.]+)/g, '');
}

/** Listens to `GET /events` until told to stop. */
async function listen() {
  const stopping = new AbortController();
  const answer = await product.sales('/events', { signal: stopping.signal });
  let heard = '';
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) heard += Buffer.from(chunk).toString();
  })().catch(() => {});
  return {
    heard: () => heard,
    stop: () => {
      stopping.abort();
      return reading;
    },
  };
}

const post = (header: string, address = '203.0.113.9') =>
  product.book(bookingBody(), { [probeHeader]: header, 'x-forwarded-for': address });
const madeUp = () => product.stack.db('leads').whereLike('email', '%@synthetic.meander.invalid');
const routingKeys = async (leadId: string): Promise<string[]> =>
  product.stack.db('messaging.outbox').where({ subject: leadId }).orderBy('id').pluck('routing_key');

describe('the canary', () => {
  it('goes the whole way, is removed after, and tells only its own metrics', async () => {
    const { intake, notification } = product.services;
    await waitUntil('it has come through', async () => {
      const samples = await scrape(intake);
      return metricValue(samples, 'meander_canary_runs_total', { outcome: 'arrived' }) === 1;
    });
    await waitUntil('it has said when', async () => {
      const at = metricValue(await scrape(intake), 'meander_canary_last_success_seconds') ?? 0;
      return Math.abs(Date.now() / 1000 - at) < 60;
    });
    expect(await madeUp()).toEqual([]);
    expect(product.sink.mails.map(({ to }) => to)).toEqual([['hei@meander.example']]);

    const samples = [...(await scrape(intake)), ...(await scrape(notification))];
    expect(metricValue(samples, 'meander_canary_duration_seconds_count')).toBe(1);
    expect(metricValue(samples, 'meander_submissions_total', { outcome: 'accepted' })).toBe(0);
    expect(metricValue(samples, 'meander_deliveries_total', { state: 'sent' })).toBe(0);
    expect(metricValue(samples, 'meander_submission_to_sent_duration_seconds_count')).toBeUndefined();
    const posts = samples.filter(({ labels: { http_route } }) => http_route === '/leads');
    for (const { labels } of posts) expect(labels.user_agent_synthetic_type).toBe('test');
  });

  it('is sung by one copy at a time', async () => {
    const { db } = product.stack;
    const { createCanaryStore } = await import('../services/intake/src/adapters/canary-store.ts');
    const store = createCanaryStore(db);
    await db('intake.canary').update({ started_at: db.raw("clock_timestamp() - interval '1 hour'") });
    const turns = await Promise.all([1, 2, 3, 4].map(() => store.takeTurn(60)));
    expect(turns.filter(Boolean)).toHaveLength(1);
  });
});

describe('a made-up booking', () => {
  it('shows in nothing that sales looks at, and in no stream, while it is there and after', async () => {
    expect((await product.book(bookingBody(), { 'x-forwarded-for': '198.51.100.1' })).status).toBe(202);
    await product.mailTo(sales);
    await waitUntil('the real lead is stamped', async () => {
      const stamped = await product.stack.db('leads').first('confirmation_sent_at');
      return stamped.confirmation_sent_at;
    });
    const before = await whatSalesSees();
    const stream = await listen();
    const alerts = product.sink.mails.filter(({ to }) => to.includes(sales)).length;

    const answer = await post(createProbe(key, new Date()));
    expect(answer.status).toBe(202);
    const { masked_ref } = (await answer.json()) as { masked_ref: string };
    const [lead] = await madeUp();
    expect(lead.masked_ref).toBe(masked_ref);
    expect(lead.ip_address).toBeNull();
    await waitUntil(
      'its mail is out',
      async () => (await madeUp().first('confirmation_sent_at')).confirmation_sent_at,
    );
    expect(await whatSalesSees()).toBe(before);
    expect((await product.sales(`/leads/${lead.id}`)).status).toBe(404);
    const counted = async () =>
      metricValue(await scrape(product.services.pipeline), 'meander_leads', { status: 'new' });
    await waitUntil('the real lead is counted, and that alone', async () => (await counted()) === 1);

    const { removeSynthetic } = await import('@meander/synthetic');
    expect(await removeSynthetic(product.stack.db, { maskedRef: masked_ref })).toBe(1);
    expect(await madeUp()).toEqual([]);
    expect(await whatSalesSees()).toBe(before);
    expect(await routingKeys(lead.id)).toEqual([
      'synthetic.lead.created',
      'synthetic.lead.confirmation_sent',
      'synthetic.lead.erased',
    ]);
    // What is told goes in order: a later event of a real lead has passed everything of the made-up one.
    const known = await product.stack.db('leads').first('id');
    const moved = { method: 'POST', body: JSON.stringify({ to: 'contacted' }) };
    expect((await product.sales(`/leads/${known.id}/transitions`, moved)).status).toBe(200);
    await waitUntil('the stream tells of the move', () => stream.heard().includes('LeadStatusChanged'));
    expect(stream.heard()).not.toContain(lead.id);
    await stream.stop();
    expect(product.sink.mails.filter(({ to }) => to.includes(sales))).toHaveLength(alerts);
  });

  it('takes no attempt from the visitors behind its address, however many there are', async () => {
    const address = '198.51.100.77';
    for (let i = 0; i < 7; i += 1)
      expect((await post(createProbe(key, new Date()), address)).status).toBe(202);
    const visitor = await product.book(bookingBody(), { 'x-forwarded-for': address });
    expect(visitor.headers.get('ratelimit')).toContain('r=4');
  });

  it('cannot be made by a stranger: a proof of another key, an old one and a garbled one book nothing', async () => {
    const count = async () => Number((await product.stack.db('leads').count())[0]?.count);
    const before = await count();
    const old = new Date(Date.now() - 120_000);
    const forged = [createProbe('x'.repeat(40), new Date()), createProbe(key, old), 'yes'];
    for (const header of forged) {
      const answer = await post(header, '198.51.100.88');
      expect(answer.status).toBe(401);
      expect(answer.headers.get('ratelimit')).toMatch(/r=[0-4]/);
    }
    const typed = await product.book(bookingBody({ email: 'x@synthetic.meander.invalid' }), {
      'x-forwarded-for': '198.51.100.89',
    });
    expect(typed.status).toBe(422);
    expect(await count()).toBe(before);
    expect((await fetch(`${product.services.intake.url}/probe`)).status).toBe(404);
  });

  it('that is posted twice with one proof is one lead', async () => {
    const proof = createProbe(key, new Date());
    const answers = await Promise.all([post(proof), post(proof)]);
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { masked_ref: string }[];
    const refs = bodies.map((body) => body.masked_ref);
    expect(new Set(refs).size).toBe(1);
  });

  it('is cleared away by intake where its maker died', async () => {
    const { db } = product.stack;
    await db('synthetic_leads').update({ marked_at: db.raw("clock_timestamp() - interval '1 hour'") });
    await waitUntil('nothing made up is left', async () => (await madeUp()).length === 0, 90);
    expect(await db('intake.submissions').whereRaw("fields::text LIKE '%Meander doctor%'")).toEqual([]);
  });

  it('tells how far it came where it goes no further', async () => {
    const { url } = product.services.intake;
    expect(await bookSynthetic({ baseUrl: 'http://127.0.0.1:9', key })).toMatchObject({
      outcome: 'unreachable',
    });
    expect(await bookSynthetic({ baseUrl: url, key: 'x'.repeat(40) })).toMatchObject({
      outcome: 'unrecognised',
    });
    expect(await bookSynthetic({ baseUrl: product.services.pipeline.url, key })).toMatchObject({
      outcome: 'refused',
      status: 401,
    });
    product.sink.onRecipient = () => ({ code: 550, text: 'No such mailbox' });
    expect(await bookSynthetic({ baseUrl: url, key })).toMatchObject({ outcome: 'mail_refused' });
    expect(deriveSigningKey('postgres://a')).not.toBe(deriveSigningKey('postgres://b'));
  });
});
