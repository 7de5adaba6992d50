import { createApp, createLogger } from '@meander/runtime';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { createAssets, sameOrigin } from './index.ts';

const assets = createAssets();
const app = createApp({
  logger: createLogger('test', 'silent'),
  health: { dependencies: [], draining: () => false },
  routes: { ...assets.routes, '/form': { post: [sameOrigin, (_req, res) => void res.json({})] } },
});

describe('assets', () => {
  it('are kept for ever by an address that changes with them', async () => {
    const answer = await supertest(app).get(assets.url('base.css'));
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers['content-type']).toBe('text/css; charset=utf-8');
  });

  it('of another version are served, and not kept', async () => {
    const answer = await supertest(app).get('/assets/older/base.css');
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-cache']);
  });

  it('that there are not, are not there, and no page can ask for them', async () => {
    for (const name of ['nothing.css', '..%2Findex.ts', 'base.css%00'])
      expect((await supertest(app).get(`/assets/x/${name}`)).status).toBe(404);
    expect(() => assets.url('nothing.css')).toThrow('there is no asset nothing.css');
  });
});

describe('a form', () => {
  const post = (headers: Record<string, string>) => supertest(app).post('/form').set(headers);

  it('is taken from a page of this service', async () => {
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await post({ host: 'leads.example', origin: 'http://leads.example' })).status).toBe(200);
  });

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site', host: 'leads.example', origin: 'http://leads.example' },
    { host: 'leads.example', origin: 'http://leads.example.evil.example' },
    { origin: 'null' },
    {},
  ])('is not taken from elsewhere: %o', async (headers) => {
    const answer = await post(headers as Record<string, string>);
    expect([answer.status, answer.body.type]).toEqual([403, 'urn:meander:problem:cross-site-request']);
  });
});
