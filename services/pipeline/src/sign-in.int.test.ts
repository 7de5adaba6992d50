import { type Issuer, startIssuer } from '@meander/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPendingSignIns } from './adapters/pending-sign-ins.ts';
import { loadPipelineConfig } from './config.ts';
import { type Rig, startRig } from './test-rig.ts';

let issuer: Issuer;
let rig: Rig;

const board = 'https://board.example/sales';
const beginPath = '/board/sign-in/organisation';

beforeAll(async () => {
  issuer = await startIssuer();
  rig = await startRig({
    ...{ OIDC_ISSUER: issuer.issuer, OIDC_AUDIENCE: issuer.audience, BOARD_BASE_URL: board },
    ...{ OIDC_CLIENT_ID: issuer.client.id, OIDC_CLIENT_SECRET: issuer.client.secret },
  });
});
afterAll(async () => {
  await rig.stop();
  await issuer.stop();
});
afterEach(() => {
  Object.assign(issuer.answers, { down: false, refuses: undefined, idToken: {}, accessToken: {} });
});

const get = (path: string, cookie = '') =>
  rig.anonymous().get(path).set({ cookie, accept: 'text/html', 'accept-language': 'en' });
const cookieOf = (answer: { headers: Record<string, unknown> }, name: string) =>
  new RegExp(`${name}=[\\w-]+`).exec(String(answer.headers['set-cookie']))?.[0] ?? '';

/** A person is sent to the issuer: where to, and what their browser keeps. */
async function begin(query = '') {
  const answer = await get(`${beginPath}${query}`);
  expect(answer.status).toBe(303);
  return {
    answer,
    url: new URL(String(answer.headers.location)),
    cookie: cookieOf(answer, 'meander_sign_in'),
  };
}
/** The issuer's answer, as the browser brings it back. */
async function comeBack(url: URL, change: (back: URL) => void = () => {}) {
  const sent = await fetch(url, { redirect: 'manual' });
  const back = new URL(sent.headers.get('location') ?? '');
  expect(back.href.startsWith(`${board}/board/sign-in/callback?`)).toBe(true);
  change(back);
  return `${back.pathname.replace('/sales', '')}${back.search}`;
}
async function signIn(query = '') {
  const { url, cookie } = await begin(query);
  return get(await comeBack(url), cookie);
}

describe('a sign-in by the organisation', () => {
  it('asks for a code with PKCE, state and nonce, for this board alone', async () => {
    const { answer, url } = await begin();
    expect(url.origin).toBe(issuer.issuer);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: issuer.client.id,
      redirect_uri: `${board}/board/sign-in/callback`,
      scope: 'openid profile leads:read leads:write leads:erase',
      audience: issuer.audience,
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/Max-Age=600; Path=\/board\/sign-in; .*HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(url.searchParams.get('state'));
  });

  it('leads on to where the person wanted, as who they are there and with what their token allows', async () => {
    issuer.answers.accessToken = { scope: 'leads:read leads:write' };
    const answer = await signIn('?next=/board/numbers&lang=nb');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<meta http-equiv="refresh" content="0; url=/board/numbers">');
    expect(String(answer.headers['set-cookie'])).toMatch(/meander_session=[\w-]{43}; .*SameSite=Strict/);
    expect(String(answer.headers['set-cookie'])).toMatch(/meander_sign_in=; /);
    const cookie = cookieOf(answer, 'meander_session');
    const page = await get('/board', cookie);
    expect([page.status, page.text.includes('Selma Selger'), page.text.includes('lang="nb"')]).toEqual([
      ...[200, true, true],
    ]);

    const lead = await rig.lead();
    const headers = { cookie, 'sec-fetch-site': 'same-origin', accept: 'text/html' };
    const post = (path: string, body: object) =>
      rig.anonymous().post(path).type('form').set(headers).send(body);
    await post(`/board/leads/${lead.id}/move`, { from: 'new', to: 'contacted' });
    const moved = await rig.db('pipeline.transitions').where({ lead_id: lead.id }).first('moved_by');
    const [user] = await rig.db('pipeline.users').where({ issuer: issuer.issuer, subject: 'selger-1' });
    expect(moved).toEqual({ moved_by: `user:${user.id}` });
    const token = await issuer.token({ name: 'Selma Selger' });
    const { body } = await rig
      .anonymous()
      .get(`/leads/${lead.id}/timeline`)
      .set({ authorization: `Bearer ${token}` });
    expect(body.items.at(-1).who).toEqual({ id: `user:${user.id}`, name: 'Selma Selger' });
    expect((await rig.anonymous().get('/leads/export.csv').set({ cookie })).status).toBe(200);

    await post('/board/sign-out', {});
    expect((await get('/board', cookie)).status).toBe(303);
  });

  it('lasts as long as one by a key, and allows no more than the token did', async () => {
    issuer.answers.accessToken = { scope: 'leads:read' };
    const cookie = cookieOf(await signIn(), 'meander_session');
    const lead = await rig.lead();
    const refused = await rig
      .anonymous()
      .post(`/board/leads/${lead.id}/move`)
      .type('form')
      .set({ cookie, 'sec-fetch-site': 'same-origin' })
      .send({ from: 'new', to: 'contacted' });
    expect(refused.status).toBe(403);
    const sessions = rig.db('pipeline.sessions').whereNotNull('user_id').whereRaw("scopes = '{leads:read}'");
    const [row] = await sessions
      .clone()
      .select(rig.db.raw('extract(epoch FROM expires_at - created_at) AS lasts'));
    expect(Math.round(row.lasts)).toBe(12 * 3600);
    await sessions.update({ expires_at: new Date() });
    expect((await get('/board', cookie)).status).toBe(303);
  });

  it('needs a token that opens leads', async () => {
    for (const claims of [{ scope: 'openid' }, { aud: 'somebody-else' }]) {
      issuer.answers.accessToken = claims;
      const answer = await signIn();
      expect([answer.status, cookieOf(answer, 'meander_session')]).toEqual([403, '']);
      expect(answer.text).toContain('has not given you the right to see leads');
    }
  });

  it('that is denied says so, and may be tried again', async () => {
    issuer.answers.refuses = 'access_denied';
    const answer = await signIn('?next=/board/mails');
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('You were not signed in');
    expect(answer.text).toContain(`href="${beginPath}?next&#x3D;%2Fboard%2Fmails&amp;lang&#x3D;en"`);
    issuer.answers.refuses = undefined;
    expect((await signIn()).status).toBe(200);
  });

  const now = Math.floor(Date.now() / 1000);
  const forged: [string, () => Promise<{ status: number; text: string }>][] = [
    [
      'with another state',
      async () => {
        const { url, cookie } = await begin();
        return get(await comeBack(url, (back) => back.searchParams.set('state', 'x'.repeat(43))), cookie);
      },
    ],
    [
      "with a stranger's answer",
      async () => {
        const stranger = await comeBack((await begin()).url);
        return get(stranger, (await begin()).cookie);
      },
    ],
    ['in another browser', async () => get(await comeBack((await begin()).url))],
    [
      'with a cookie that was changed',
      async () => {
        const { url, cookie } = await begin();
        return get(await comeBack(url), `${cookie.slice(0, -2)}xx`);
      },
    ],
    [
      'with a code for the second time',
      async () => {
        const { url, cookie } = await begin();
        const path = await comeBack(url);
        expect((await get(path, cookie)).status).toBe(200);
        return get(path, cookie);
      },
    ],
    [
      'after ten minutes',
      async () => {
        const { url } = await begin();
        const begun = { state: url.searchParams.get('state') ?? '', nonce: 'n', codeVerifier: 'c' };
        const late = { ...begun, next: '/board', locale: 'en' as const, until: Date.now() - 1 };
        return get(await comeBack(url), `meander_sign_in=${await createPendingSignIns(rig.db).seal(late)}`);
      },
    ],
    ...(
      [
        ['whose ID token has another nonce', { nonce: 'another' }],
        ['whose ID token has no nonce', { nonce: undefined }],
        ['whose ID token has expired', { iat: now - 900, exp: now - 600 }],
        ['whose ID token is for another client', { aud: 'another' }],
        ['whose ID token is of another issuer', { iss: 'https://login.example' }],
      ] as const
    ).map(([what, claims]): (typeof forged)[number] => [
      what,
      async () => {
        issuer.answers.idToken = claims;
        return signIn();
      },
    ]),
    [
      'whose ID token is signed by nobody we know',
      async () => {
        const { url, cookie } = await begin();
        const path = await comeBack(url);
        const undo = await issuer.forge();
        const answer = await get(path, cookie);
        undo();
        return answer;
      },
    ],
  ];
  it.each(forged)('%s signs nobody in', async (what, attempt) => {
    const open = () =>
      rig.db('pipeline.sessions').whereRaw('expires_at > clock_timestamp()').pluck('secret_hash');
    const before = await open();
    const answer = await attempt();
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Please begin anew.');
    // The one that uses its code twice has signed in once before.
    expect((await open()).length - before.length).toBe(what.includes('second time') ? 1 : 0);
  });

  it('waits for an issuer that is away, before and after', async () => {
    const { url, cookie } = await begin();
    const path = await comeBack(url);
    issuer.answers.down = true;
    const after = await get(path, cookie);
    expect([after.status, after.text.includes('does not answer just now')]).toEqual([503, true]);
    issuer.answers.down = false;
    const other = await rig.start({ OIDC_ISSUER: 'http://127.0.0.1:9' });
    const before = await rig.anonymous(other).get(beginPath).set({ accept: 'text/html' });
    expect([before.status, before.text.includes('svarer ikke akkurat nå')]).toEqual([503, true]);
    expect(before.text).toContain('name="key"');
  });

  it('never leads elsewhere than to the board', async () => {
    for (const next of ['https://evil.example', '//evil.example/board', '/leads']) {
      const { text } = await signIn(`?next=${encodeURIComponent(next)}`);
      expect(text).toContain('content="0; url=/board"');
    }
  });
});

describe('the button for it', () => {
  it('is there only where it is configured', async () => {
    expect((await get('/board/sign-in?next=/board/numbers')).text).toContain(
      'Sign in with your organisation',
    );
    const without = await rig.start({ OIDC_CLIENT_ID: '', OIDC_CLIENT_SECRET: '' });
    const page = await rig.anonymous(without).get('/board/sign-in').set({ accept: 'text/html' });
    expect(page.text).not.toContain('organisasjonen');
    expect((await rig.anonymous(without).get(beginPath)).status).toBe(404);
    expect((await rig.anonymous(without).get('/board/sign-in/callback')).status).toBe(404);
  });

  it('needs an issuer', () => {
    const env = { ...rig.stack.env, OIDC_CLIENT_ID: 'a', OIDC_CLIENT_SECRET: 'b' };
    expect(() => loadPipelineConfig(env)).toThrow('OIDC_CLIENT_ID is set, but OIDC_ISSUER is not');
    expect(() => loadPipelineConfig({ ...rig.stack.env, OIDC_CLIENT_SECRET: 'b' })).toThrow(
      'OIDC_CLIENT_SECRET is set, but OIDC_CLIENT_ID is not',
    );
  });
});
