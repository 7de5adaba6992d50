import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StartPage, startPage } from './start-page.ts';

let page: StartPage;

beforeAll(async () => {
  page = await startPage({
    port: 0,
    links: [{ title: 'Booking form', url: 'http://localhost:3001', text: 'as a visitor' }],
    services: { intake: 'http://127.0.0.1:9' },
  });
});

afterAll(() => page?.stop());

const post = (path: string, body: unknown, type = 'application/json') =>
  fetch(`${page.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const show = async (path = '/') => (await fetch(`${page.url}${path}`)).text();

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** One span as a service sends it; times in milliseconds after some moment. */
function span(name: string, overlay: Record<string, unknown> = {}, service = 'meander-intake') {
  const base = 1_700_000_000_000;
  const one = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name,
    kind: 2,
    startTimeUnixNano: `${base}000000`,
    endTimeUnixNano: `${base + 12}000000`,
    attributes: [{ key: 'http.response.status_code', value: { intValue: 202 } }],
    ...overlay,
  };
  return {
    resourceSpans: [
      { resource: { attributes: [attribute('service.name', service)] }, scopeSpans: [{ spans: [one] }] },
    ],
  };
}

describe('the start page', () => {
  it('links the pages, and says which service does not answer', async () => {
    const text = await show();
    expect(text).toContain('<a href="http://localhost:3001">Booking form');
    expect(text).toMatch(/class="service bad"[\s\S]*intake <small>away/);
    expect(text).toContain('Nothing yet.');
  });

  it('shows a request as a waterfall, whole without a script', async () => {
    expect((await post('/v1/traces', span('POST /leads'))).status).toBe(200);
    const child = { spanId: 'c'.repeat(16), parentSpanId: 'b'.repeat(16), kind: 3, attributes: [] };
    await post('/v1/traces', span('send mail', child, 'meander-notification'));
    const text = await show();
    expect(text).toMatch(/<details id="t(a{32})" open>/);
    expect(text).toMatch(/POST \/leads<\/span>\s*<span class="status">202/);
    expect(text).toMatch(/class="depth-1"><span class="dot notification"><\/span>send mail/);
  });

  it('shows the numbers, of all services together where each counts its own', async () => {
    const metrics = (service: string, accepted: number) => ({
      resourceMetrics: [
        {
          resource: { attributes: [attribute('service.name', service)] },
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'meander.submissions',
                  sum: {
                    dataPoints: [{ asInt: `${accepted}`, attributes: [attribute('outcome', 'accepted')] }],
                  },
                },
                { name: 'meander.outbox.oldest_age', gauge: { dataPoints: [{ asDouble: 75 }] } },
                {
                  name: 'meander.submission_to_sent.duration',
                  histogram: { dataPoints: [{ count: '4', sum: 2 }] },
                },
              ],
            },
          ],
        },
      ],
    });
    await post('/v1/metrics', metrics('meander-intake', 3));
    await post('/v1/metrics', metrics('meander-other', 4));
    const text = await show();
    expect(text).toMatch(/<dt>Bookings<\/dt><dd>7/);
    expect(text).toMatch(/<dt>Booking to mail<\/dt><dd>500 ms/);
    // A minute is the limit of the alert, too.
    expect(text).toMatch(/class="tile bad"><dt>Oldest event<\/dt><dd>1 min/);
  });

  it('escapes whatever a span is called', async () => {
    await post('/v1/traces', span('<script>alert(1)</script>', { traceId: 'd'.repeat(32) }));
    const text = await show();
    expect(text).toContain('&lt;script&gt;alert(1)');
    expect(text).not.toContain('<script>alert');
  });

  it('allows no style or script in it and nothing from elsewhere', async () => {
    const answer = await fetch(page.url);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const text = await answer.text();
    expect(text).not.toMatch(/ style=|<style|<script>| on[a-z]+="/);
    const loaded = [...text.matchAll(/<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"/g)].map(
      ([, url]) => url,
    );
    expect(loaded.length).toBeGreaterThan(3);
    for (const url of loaded) expect((await fetch(`${page.url}${url}`)).status, url).toBe(200);
  });

  it('serves the documentation and no other file', async () => {
    expect(await show('/docs/')).toContain('/docs/docs/runbooks/outbox-stuck.md');
    expect(await show('/docs/docs/runbooks/outbox-stuck.md')).toContain('# MeanderOutboxStuck');
    for (const path of ['/docs/package.json', '/docs/..%2fpackage.json', '/docs/docs/../package.json'])
      expect((await fetch(`${page.url}${path}`)).status, path).toBe(404);
  });

  it.each([
    ['no JSON', '{', 'application/json', 400],
    ['another type, as a page of another site could send it', '{}', 'text/plain', 415],
    ['too much', 'x'.repeat(8 * 1024 * 1024 + 1), 'application/json', 413],
  ])('refuses %s', async (_what, body, type, status) => {
    expect((await post('/v1/traces', body, type)).status).toBe(status);
  });

  it('answers to the names of this machine alone', async () => {
    const status = await new Promise((resolve, reject) => {
      request(page.url, { headers: { host: 'evil.example' } }, (answer) => resolve(answer.statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });

  it('keeps a hundred traces at most, however long it runs', async () => {
    for (let i = 0; i < 130; i += 1)
      await post('/v1/traces', span('GET /', { traceId: i.toString(16).padStart(32, '0') }));
    const text = await show();
    expect([...text.matchAll(/<details/g)].length).toBeLessThanOrEqual(12);
    expect(text).not.toContain('&lt;script&gt;');
  });
});
