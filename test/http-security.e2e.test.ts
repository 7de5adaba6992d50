import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { bookingBody, createStack, type ServiceHandle, type Stack, startServices } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stack: Stack;
let services: Record<'intake' | 'pipeline', ServiceHandle>;

beforeAll(async () => {
  stack = await createStack();
  services = await startServices(['intake', 'pipeline'], {
    ...stack.env,
    PUBLIC_BASE_URL: 'https://leads.example.no',
    CORS_ORIGINS: 'https://www.example.no',
    RATE_LIMIT_MAX: '100',
  });
});

afterAll(async () => {
  await Promise.all(Object.values(services ?? {}).map((service) => service.stop()));
  await stack?.drop();
});

/** Sends bytes as they are, and gives all that the server says until it closes. */
async function raw(bytes: string, url = services.intake.url): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  return text(socket);
}

const statuses = (answer: string) =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

const leadCount = async () => Number((await stack.db('leads').count())[0]?.count);

describe('a request that two servers could read differently', () => {
  const body = JSON.stringify(bookingBody({ email: 'smuggled@example.com' }));
  const inner = `POST /leads HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const post = 'POST /leads HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

  it.each([
    [
      'a length and chunks',
      `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    ],
    ['two lengths', `${post}Content-Length: 0\r\nContent-Length: 5\r\n\r\n${inner}`],
    ['a length that is no number', `${post}Content-Length: +5\r\n\r\nhello${inner}`],
    ['an unknown coding', `${post}Transfer-Encoding: chunked, xchunked\r\n\r\n0\r\n\r\n${inner}`],
    ['a space before the colon', `${post}Content-Length : 5\r\n\r\nhello${inner}`],
    [
      'a folded header',
      `${post}X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n${inner.replace('POST', 'P@ST')}`,
    ],
    ['no host', `GET / HTTP/1.1\r\nConnection: close\r\n\r\n${inner}`],
  ])('%s: is refused, and nothing behind it is done', async (_what, bytes) => {
    const before = await leadCount();
    expect(statuses(await raw(bytes)).every((status) => status >= 400)).toBe(true);
    expect(await leadCount()).toBe(before);
  });
});

describe('the headers of an answer', () => {
  const pages = () => [
    `${services.intake.url}/`,
    `${services.pipeline.url}/board`,
    `${services.intake.url}/none`,
  ];

  it('allow no script, style or frame from elsewhere, and say nothing of the server', async () => {
    for (const page of pages()) {
      const { headers } = await fetch(page, { redirect: 'manual', headers: { accept: 'text/html' } });
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy, page).toContain("default-src 'none'");
      expect(policy, page).toContain("base-uri 'none'");
      expect(policy, page).toContain('frame-ancestors');
      expect(policy, page).not.toMatch(/unsafe|\*|http:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toMatch(/^(no-referrer|same-origin)$/);
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{7,}/);
      expect([headers.get('x-powered-by'), headers.get('server')]).toEqual([null, null]);
    }
  });

  it('let pages of the named origins call the form, and no other', async () => {
    const allowed = async (origin: string) => {
      const answer = await fetch(`${services.intake.url}/leads`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      return answer.headers.get('access-control-allow-origin');
    };
    expect(await allowed('https://www.example.no')).toBe('https://www.example.no');
    for (const origin of [
      'https://evil.example',
      'null',
      'https://www.example.no.evil.example',
      'http://www.example.no',
    ])
      expect(await allowed(origin)).toBeNull();
  });

  it('lead where the configuration says, whatever host the request names', async () => {
    const body = JSON.stringify(bookingBody({ email: 'host@example.com' }));
    const answer = await raw(
      `POST /leads HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(statuses(answer)).toEqual([202]);
    expect(answer).toContain('https://leads.example.no/');
    expect(answer).not.toContain('evil.example');
  });
});

describe('a log line', () => {
  it('cannot be forged by what a request holds', async () => {
    const forged = '{"level":"info","service":"intake","message":"forged"}';
    await fetch(`${services.intake.url}/${encodeURIComponent(`a\n${forged}`)}`, {
      headers: { 'user-agent': `x ${forged}` },
    });
    await raw(`GET /\u0007 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    for (const line of services.intake.lines) {
      expect(() => JSON.parse(line), line).not.toThrow();
      expect(line).not.toContain('forged');
    }
  });
});
