import { createKey, type Scope, scopes } from '@meander/auth';
import { createId, createMaskedRef } from '@meander/lead';
import { createStack, type ServiceHandle, startIssuer, startServices } from '@meander/testing';
import type { Page } from 'playwright-core';
import { openBrowser, type Visitor } from './browser.fixture.ts';

/** The board as the issuer knows it: to a browser, another site than the issuer's. */
export const boardUrl = 'http://board.example';

/** The board on a stack of its own, the organisation's issuer, and people at it. */
export async function startBoard() {
  const [stack, issuer] = await Promise.all([createStack(), startIssuer()]);
  const { pipeline }: { pipeline: ServiceHandle } = await startServices(['pipeline'], {
    ...stack.env,
    ...{ OIDC_ISSUER: issuer.issuer, OIDC_AUDIENCE: issuer.audience, BOARD_BASE_URL: boardUrl },
    ...{ OIDC_CLIENT_ID: issuer.client.id, OIDC_CLIENT_SECRET: issuer.client.secret },
  });
  const browser = await openBrowser({ [new URL(boardUrl).host]: new URL(pipeline.url).host });
  const keyWith = async (held: readonly Scope[]) =>
    createKey(stack.db, { name: 'Selma Selger', scopes: held });
  const { secret, key } = await keyWith(scopes);
  const at = (path: string) => `${pipeline.url}${path}`;

  const signIn = async (page: Page, path = '/board', credential = secret) => {
    await page.goto(at(path));
    await page.locator('#key').fill(credential);
    await page.locator('#key').press('Enter');
    await page.waitForSelector('h1:not(:text("Logg inn på tavlen"), :text("Sign in to the board"))');
  };
  /** What another person does, through the API. */
  const api = (method: string, path: string, body?: object) =>
    fetch(at(path), {
      method,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  /** The cookie of a sign-in: its page has tests of its own, and the others need not wait for it. */
  const cookieFor = async (locale = 'nb') => {
    const answer = await fetch(at('/board/sign-in'), {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ key: secret, lang: locale.slice(0, 2) }),
      redirect: 'manual',
    });
    const [name = '', value = ''] = (answer.headers.get('set-cookie') ?? '').split(';')[0]?.split('=') ?? [];
    return { name, value, sameSite: 'Strict' as const, httpOnly: true };
  };
  return {
    stack,
    db: stack.db,
    issuer,
    browser,
    pipeline,
    key,
    secret,
    keyWith,
    at,
    signIn,
    /** A person who is signed in, at a page of the board. */
    async atBoard(visitor: Visitor = {}, path = '/board') {
      const page = await browser.visit(visitor);
      await page.context().addCookies([{ ...(await cookieFor(visitor.locale)), url: pipeline.url }]);
      await page.goto(at(path));
      if (visitor.scripts !== false && path.split('?')[0] === '/board')
        await page.waitForSelector('[data-live]');
      return page;
    },
    /** A lead as it stands, written past the API. */
    async lead(overlay: Record<string, unknown> = {}) {
      const id = createId();
      const lead = {
        id,
        first_name: 'Kari',
        last_name: `Moe ${id.slice(-4)}`,
        email: `${id}@example.com`,
        organization_name: 'Moe AS',
        role_title: 'Koordinator',
        masked_ref: createMaskedRef(),
        status: 'new',
        ...overlay,
      };
      await stack.db('leads').insert(lead);
      return { ...lead, name: `${lead.first_name} ${lead.last_name}` };
    },
    api,
    /** A move by another person, through the API. */
    move: (id: string, to: string) => api('POST', `/leads/${id}/transitions`, { to }),
    statusOf: async (id: string): Promise<string> =>
      (await stack.db('leads').where({ id }).first('status')).status,
    async stop() {
      await browser.close();
      await pipeline.stop();
      await issuer.stop();
      await stack.drop();
    },
  };
}

export type BoardRig = Awaited<ReturnType<typeof startBoard>>;

/** A card, and where it is. */
export const card = (page: Page, id: string) => page.locator(`[data-card="${id}"]`);
export const cardIn = (page: Page, status: string, id: string) =>
  page.locator(`[data-column="${status}"] [data-card="${id}"]`);
/** What the board has said last. */
export const said = (page: Page) => page.locator('[data-say]');
/** The id of the card that has the focus. */
export const focusedCard = (page: Page): Promise<string | undefined> =>
  page.evaluate("document.activeElement?.closest('[data-card]')?.dataset.card");
