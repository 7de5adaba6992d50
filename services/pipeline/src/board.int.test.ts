import { createKey, revokeKey, type Scope } from '@meander/auth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLeadStore } from './adapters/lead-store.ts';
import { moveAsSeen } from './handlers/move-as-seen.ts';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

/** A person at the board: the cookie of a sign-in, and the key behind it. */
async function signIn(scopes: readonly Scope[] = ['leads:read', 'leads:write']) {
  const { secret, key } = await createKey(rig.db, { name: 'Selma', scopes });
  const answer = await form('/board/sign-in', { key: secret, next: '/board/numbers', lang: 'en' });
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  return { answer, key, cookie };
}

const form = (path: string, fields: object, headers: Record<string, string> = {}) =>
  rig
    .anonymous()
    .post(path)
    .type('form')
    .set({ 'sec-fetch-site': 'same-origin', accept: 'text/html', ...headers })
    .send(fields);
const page = (path: string, cookie: string) => rig.anonymous().get(path).set({ cookie, accept: 'text/html' });

describe('a session', () => {
  it('begins with a key, leads on, and speaks the chosen language', async () => {
    const { answer, cookie } = await signIn();
    expect([answer.status, answer.headers.location]).toEqual([303, '/board/numbers']);
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      /^meander_session=[\w-]{43}; .*HttpOnly; SameSite=Strict$/,
    );
    expect((await page('/board', cookie)).text).toContain('<html lang="en">');
    await form('/board/language', { lang: 'nb', back: '/board' }, { cookie });
    expect((await page('/board', cookie)).text).toContain('<html lang="nb">');
  });

  it('has a cookie for https alone where it came by https', async () => {
    const { secret } = await createKey(rig.db, { name: 'a', scopes: ['leads:read'] });
    const answer = await form('/board/sign-in', { key: secret }, { 'x-forwarded-proto': 'https' });
    expect(answer.headers['set-cookie']?.[0]).toContain('; Secure');
  });

  it('ends at once with its key, with its time, and with the sign-out', async () => {
    const [first, second, third] = await Promise.all([signIn(), signIn(), signIn()]);
    await revokeKey(rig.db, first.key.id);
    await rig.db('pipeline.sessions').where({ key_id: second.key.id }).update({ expires_at: new Date() });
    await form('/board/sign-out', {}, { cookie: third.cookie });
    for (const { cookie } of [first, second, third]) {
      const answer = await page('/board', cookie);
      expect([answer.status, answer.headers.location]).toEqual([303, '/board/sign-in?next=%2Fboard']);
      expect((await rig.anonymous().get('/events').set({ cookie })).status).toBe(401);
    }
  });

  it('is not opened by a key that may read no leads', async () => {
    const { answer } = await signIn(['deliveries:read']);
    expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined]);
  });

  it('does no more than its key may', async () => {
    const { cookie } = await signIn(['leads:read']);
    const lead = await rig.lead();
    expect(
      (await form(`/board/leads/${lead.id}/move`, { from: 'new', to: 'contacted' }, { cookie })).status,
    ).toBe(403);
    expect((await rig.row(lead.id)).status).toBe('new');
  });

  it('reads the stream and the export, and opens nothing else of the API', async () => {
    const { cookie } = await signIn();
    const lead = await rig.lead();
    expect((await page('/leads/export.csv', cookie)).status).toBe(200);
    for (const path of ['/leads', `/leads/${lead.id}`, '/quarantine', '/pipeline'])
      expect((await rig.anonymous().get(path).set({ cookie })).status).toBe(401);
  });
});

describe('a move on the board', () => {
  const actor = { id: 'key:a', name: 'a' };
  const command = { reason: null, reason_code: null, value_nok: null, demo: null, actor };

  it('is not stopped by another change meanwhile, and is by another move', async () => {
    const store = createLeadStore(rig.db, { policy: 'forward', committed: () => {} });
    const lead = await rig.lead();
    let stamps = 2;
    const busy = {
      ...store,
      find: async (id: string) => {
        const found = await store.find(id);
        // The mail was sent just after the lead was read.
        if (stamps > 0) await rig.db('leads').where({ id }).update({ confirmation_sent_at: new Date() });
        stamps -= 1;
        return found;
      },
    };
    const moved = await moveAsSeen(busy, { ...command, id: lead.id, seen: 'new', to: 'contacted' });
    expect(moved.kind).toBe('moved');
    const late = await moveAsSeen(store, { ...command, id: lead.id, seen: 'new', to: 'lost' });
    expect(late).toMatchObject({ kind: 'overtaken', lead: { status: 'contacted' } });
    const back = await moveAsSeen(store, { ...command, id: lead.id, seen: 'contacted', to: 'new' });
    expect(back.kind).toBe('refused');
  });

  it('of two at once is made once', async () => {
    const { cookie } = await signIn();
    const lead = await rig.lead();
    const headers = { cookie, accept: 'application/json', 'x-requested-with': 'board' };
    const answers = await Promise.all(
      ['contacted', 'qualified', 'demo_scheduled'].map((to) =>
        form(`/board/leads/${lead.id}/move`, { from: 'new', to }, headers),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    expect(await rig.db('pipeline.transitions').where({ lead_id: lead.id })).toHaveLength(1);
  });

  it('needs a reason where the lead is lost', async () => {
    const { cookie } = await signIn();
    const lead = await rig.lead();
    const answer = await form(
      `/board/leads/${lead.id}/move`,
      { from: 'new', to: 'lost', reason: 'x' },
      { cookie },
    );
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('Choose why the lead was lost.');
  });
});

describe('what a person typed', () => {
  it('is text on every page', async () => {
    const { cookie } = await signIn();
    const first_name = '<script>alert(1)</script>';
    const lead = await rig.lead({ first_name, notes: '</textarea><img src=x>' });
    for (const path of [
      '/board',
      `/board/leads/${lead.id}`,
      '/board/columns/new',
      `/board/leads/${lead.id}/move?to=lost`,
    ]) {
      const { status, text } = await page(path, cookie);
      expect([status, text.includes('<script>alert'), text.includes('<img src=x>')]).toEqual([
        200,
        false,
        false,
      ]);
    }
  });
});
