import { STATUS_CODES } from 'node:http';
import type { Markup } from './markup.ts';

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** Our pages load only what this server has; no script or style may stand in them, nobody may frame them. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * What a mail brings along is looked at, not run: no script, no form, nothing fetched from elsewhere (a picture
 * would tell its sender that it was seen), no access to our pages. Links open in a tab of their own.
 */
const MAIL_POLICY = [
  'sandbox allow-popups allow-popups-to-escape-sandbox',
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join('; ');

export function json(value: unknown): Reply {
  return reply(200, 'application/json; charset=utf-8', JSON.stringify(value));
}

export function page(content: Markup, status = 200): Reply {
  return reply(status, 'text/html; charset=utf-8', content.text, { 'content-security-policy': PAGE_POLICY });
}

/** Anything that is taken from a mail and not made by us. */
export function fromMail(type: string, body: string | Buffer, headers: Record<string, string> = {}): Reply {
  return reply(200, type, body, { ...headers, 'content-security-policy': MAIL_POLICY });
}

export function plain(type: string, body: Buffer): Reply {
  return reply(200, type, body);
}

export function noContent(): Reply {
  return { status: 204, headers: {}, body: '' };
}

export function seeOther(location: string): Reply {
  return { status: 303, headers: { location }, body: '' };
}

/** RFC 9457. */
export function problem(status: number, detail: string, headers: Record<string, string> = {}): Reply {
  const body = { type: 'about:blank', title: STATUS_CODES[status], status, detail };
  return reply(status, 'application/problem+json', JSON.stringify(body), headers);
}

function reply(status: number, type: string, body: string | Buffer, headers = {}): Reply {
  return { status, headers: { ...headers, 'content-type': type }, body };
}
