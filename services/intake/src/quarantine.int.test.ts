import { randomUUID } from 'node:crypto';
import { bookingBody, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPageToken } from './domain/page-token.ts';
import { type IntakeFixture, startIntake } from './intake.fixture.test.ts';

const key = 'a key of the test that is long enough';
const now = new Date('2026-03-01T12:00:00Z');

let intake: IntakeFixture;
let stack: Stack;

beforeAll(async () => {
  intake = await startIntake({ FORM_SIGNING_KEY: key }, { now: () => now });
  ({ stack } = intake);
});

afterAll(() => intake.stop());

const loaded = (secondsAgo: number, by = key) =>
  createPageToken(new Date(now.getTime() - secondsAgo * 1000), by);
const held = (ref: string) => stack.db('intake.quarantine').where({ masked_ref: ref }).first();

describe('a suspect submission', () => {
  it.each([
    ['honeypot', { homepage: 'https://angriper.example' }],
    ['honeypot', { homepage: ['x'] }],
    ['too_fast', { page_token: loaded(1) }],
    ['link_in_name', { first_name: 'Klikk https://angriper.example/premie' }],
    ['link_in_name', { last_name: 'www.angriper.example' }],
    ['link_in_name', { first_name: 'vinn på angriper.example nå' }],
    ['link_in_name', { last_name: 'skriv til meg@angriper.example' }],
  ])('is held for %s: %o', async (reason, overlay) => {
    const body = bookingBody(overlay);
    const before = await intake.leadCount();
    const suspect = await intake.post(body);
    const plain = await intake.post(bookingBody());
    expect(suspect.status).toBe(202);
    expect(Object.keys(suspect.body)).toEqual(Object.keys(plain.body));
    expect(Object.keys(suspect.headers).sort()).toEqual(Object.keys(plain.headers).sort());
    expect(await intake.leadCount()).toBe(before + 1);
    const row = await held(suspect.body.masked_ref);
    expect(row).toMatchObject({ reason, released_at: null, fields: { email: body.email } });
    expect(await stack.db('messaging.outbox').whereRaw('event::text LIKE ?', [`%${row.id}%`])).toEqual([]);
  });

  it('has a confirmation like any other', async () => {
    const { body } = await intake.post(
      bookingBody({ homepage: 'x', email: 'Mistenkt@Example.com', locale: 'en' }),
    );
    const json = await intake.api().get(`/confirmations/${body.masked_ref}`);
    expect(json.body).toEqual({
      state: 'pending',
      email_hint: 'm•••@example.com',
      received_at: body.received_at,
    });
    expect((await intake.api().get(`/confirmation/${body.masked_ref}`)).text).toContain('Thank you');
  });

  it('is said to wait once that is so: like any other whose mail nobody has tried to send', async () => {
    const [suspect, plain] = [
      await intake.post(bookingBody({ homepage: 'x', locale: 'en' })),
      await intake.post(bookingBody({ locale: 'en' })),
    ];
    const pageOf = async ({ body }: typeof suspect) =>
      (await intake.api().get(`/confirmation/${body.masked_ref}`)).text;
    for (const answer of [suspect, plain]) expect(await pageOf(answer)).toContain('right now');
    const ago = stack.db.raw("clock_timestamp() - interval '16 minutes'");
    await stack
      .db('intake.quarantine')
      .where({ masked_ref: suspect.body.masked_ref })
      .update({ received_at: ago });
    await stack.db('leads').where({ masked_ref: plain.body.masked_ref }).update({ last_booked_at: ago });
    for (const answer of [suspect, plain]) {
      const page = await pageOf(answer);
      expect(page).toContain('has not been sent yet');
      expect(page).not.toContain('right now');
      const { body } = await intake.api().get(`/confirmations/${answer.body.masked_ref}`);
      expect(body.state).toBe('pending');
    }
  });

  it('is held once for one Idempotency-Key', async () => {
    const body = bookingBody({ homepage: 'x' });
    const headers = { 'idempotency-key': randomUUID() };
    const [first, again] = [await intake.post(body, { headers }), await intake.post(body, { headers })];
    expect(again.body).toEqual(first.body);
    expect(
      await stack.db('intake.quarantine').whereRaw("fields ->> 'email' = ?", [String(body.email)]),
    ).toHaveLength(1);
  });
});

describe('what is not suspect', () => {
  it.each([
    ['an empty trap', { homepage: '' }],
    ['a form filled in at leisure', { page_token: loaded(30) }],
    ['a form left open for a day', { page_token: loaded(86_400) }],
    [
      'a token of another key, as after a change of it',
      { page_token: loaded(1, 'another key of the test, long enough') },
    ],
    ['a token that is none', { page_token: 'x' }],
    ['an organisation that is called after its site', { organization_name: 'Finn.no' }],
    ['a title run into the name', { first_name: 'Dr.Hansen' }],
    ['initials', { first_name: 'J.R.', last_name: 'Olsen-Nygård' }],
    ['a web address in the notes', { notes: 'Se https://www.example.org' }],
  ])('%s becomes a lead', async (_what, overlay) => {
    const body = bookingBody(overlay);
    const answer = await intake.post(body);
    expect(answer.status).toBe(202);
    expect(await intake.leadOf(String(body.email))).toMatchObject({ masked_ref: answer.body.masked_ref });
  });
});

describe('the form', () => {
  const hidden = (html: string, name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1];

  it('carries a trap, a key of its own and a signed time', async () => {
    const [first, second] = [await intake.api().get('/'), await intake.api().get('/')];
    expect(first.text).toContain('name="homepage"');
    expect(hidden(first.text, 'page_token')).toBe(createPageToken(now, key));
    expect(hidden(first.text, 'idempotency_key')).not.toBe(hidden(second.text, 'idempotency_key'));
  });

  it('books once on a double click', async () => {
    const body = bookingBody({ idempotency_key: randomUUID() }) as Record<string, string>;
    const click = () =>
      intake.api().post('/leads').set('x-forwarded-for', intake.freshAddress()).type('form').send(body);
    const answers = await Promise.all([click(), click()]);
    expect(new Set(answers.map(({ status, headers }) => `${status} ${headers.location}`)).size).toBe(1);
    expect(await intake.leadOf(String(body.email))).toMatchObject({ booking_count: 1 });
  });

  it('comes back with the faults and what was typed, which cannot become markup', async () => {
    const answer = await intake
      .api()
      .post('/leads')
      .set('x-forwarded-for', intake.freshAddress())
      .type('form')
      .send({ first_name: '"><script>alert(1)</script>', email: 'kari', locale: 'en' });
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toMatch(/^text\/html/);
    expect(answer.text).toContain('Some fields need another look');
    expect(answer.text).toContain('value="kari"');
    expect(answer.text).not.toContain('<script>alert');
    expect(answer.text).toMatch(/id="email"[^>]+aria-invalid="true"/);
  });

  it('speaks the language that is asked for', async () => {
    expect((await intake.api().get('/')).text).toContain('Bestill en demo');
    expect((await intake.api().get('/?lang=en')).text).toContain('Book a demo');
    expect((await intake.api().get('/').set('accept-language', 'en-GB,en;q=0.9')).text).toContain(
      'Book a demo',
    );
  });

  it('takes a language however its tag is written', async () => {
    for (const tag of ['EN', 'en-GB', 'en_US'])
      expect((await intake.api().get(`/?lang=${tag}`)).text).toContain('Book a demo');
    const asEnglish = intake.api().get('/?lang=no').set('accept-language', 'en');
    expect((await asEnglish).text).toContain('Bestill en demo');
  });

  it('carries how the visitor came through faults and the other language, and keeps it with the booking', async () => {
    const came = { utm_source: 'nyhetsbrev & "venner"', landing_page: 'https://example.no/?a=1&b=2' };
    const hidden = (page: string) =>
      Object.fromEntries(
        [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name, value]) => [
          name,
          decoded(value),
        ]),
      );
    const decoded = (value = '') =>
      value.replaceAll(/&(amp|quot|#x3D);/g, (_, name) => ({ amp: '&', quot: '"' })[name as string] ?? '=');
    const linkOf = (page: string) =>
      new URL(decoded(/<a href="([^"]+)" lang="/.exec(page)?.[1]), 'http://form.example');
    const first = await intake.api().get(`/?${new URLSearchParams({ ...came, embed: '1', gclid: 'x' })}`);
    const link = linkOf(first.text);
    expect(Object.fromEntries(link.searchParams)).toEqual({ ...came, embed: '1', lang: 'en' });
    const page = (await intake.api().get(`/${link.search}`)).text;
    expect(hidden(page)).toMatchObject({ ...came, embed: '1', locale: 'en' });

    const send = (fields: object) =>
      intake.api().post('/leads').set('x-forwarded-for', intake.freshAddress()).type('form').send(fields);
    const faulty = await send({ ...hidden(page), first_name: 'Kari' });
    expect(faulty.status).toBe(422);
    expect(hidden(faulty.text)).toMatchObject(came);
    expect(linkOf(faulty.text).searchParams.get('utm_source')).toBe(came.utm_source);

    const { page_token: _fast, ...kept } = hidden(faulty.text);
    const fields = bookingBody();
    expect((await send({ ...kept, ...fields })).status).toBe(303);
    const { id } = await intake.leadOf(fields.email as string);
    const submission = await intake.stack.db('intake.submissions').where({ lead_id: id }).first();
    expect(submission.attribution).toEqual(came);
  });

  it('gives way to a page for people where a browser is refused', async () => {
    const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-language': 'en' };
    const from = '203.0.113.201';
    for (let n = 0; n < 5; n += 1) await intake.post({}, { from });
    const refused = await intake.post({}, { from, headers: browser });
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '3600']);
    expect(refused.text).toMatch(/Try again in 60 minutes/);
    expect((await intake.api().get('/nowhere').set(browser)).text).toContain('There is no such page');
  });

  it('speaks its own language also where nothing of what was sent has been read', async () => {
    const page = (await intake.api().get('/?lang=en')).text;
    const [, action] = /action="([^"]+)"/.exec(page) ?? [];
    const refused = await intake
      .api()
      .post(String(action))
      .set({ 'x-forwarded-for': intake.freshAddress(), accept: 'text/html', 'accept-language': 'nb' })
      .type('form')
      .send(`locale=en&notes=${'a'.repeat(33_000)}`);
    expect(refused.status).toBe(413);
    expect(refused.text).toContain('32 KiB');
    expect(refused.text).toContain('write a little less');
  });
});
