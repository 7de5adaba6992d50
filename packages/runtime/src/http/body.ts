import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import express, { type Request, type RequestHandler } from 'express';
import { Problem } from './problems.ts';

/** The largest body that is taken, counted after inflation, and in a form after percent-decoding (contract section 3). */
export const bodyLimit = 32 * 1024;
/** A form writes each octet beyond plain letters and digits as three. */
const formLimit = 3 * bodyLimit;

const isUtf8Charset = (encoding: string) => /^utf-?8$/i.test(encoding);

/** body-parser writes its own members onto what is thrown while it reads, so it is a plain error that `type` tells apart. */
const refusal = (type: string) => Object.assign(new Error(type), { type });

/** Bytes that are not the declared UTF-8 would be stored as replacement characters and found months later. */
function refuseBrokenText(_req: IncomingMessage, _res: unknown, bytes: Buffer, encoding: string): void {
  if (isUtf8Charset(encoding) && !isUtf8(bytes)) throw refusal('encoding.invalid');
}

/** The octets that a form stands for. A `%` without two digits behind it is one by itself. */
function percentDecoded(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const decoded = text.replace(/%([\da-f]{2})/gi, (_, digits) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(decoded, 'latin1');
}

/** The same for a form, whose decoder leaves what is no UTF-8 as it stands: `K%E5re` would be somebody's name. */
function refuseBrokenForm(req: IncomingMessage, res: unknown, bytes: Buffer, encoding: string): void {
  const decoded = percentDecoded(bytes);
  if (decoded.length > bodyLimit) throw refusal('entity.too.large');
  refuseBrokenText(req, res, decoded, encoding);
}

const json = {
  limit: bodyLimit,
  parse: express.json({
    limit: bodyLimit,
    type: 'application/json',
    strict: false,
    verify: refuseBrokenText,
  }),
};
const form = {
  limit: formLimit,
  parse: express.urlencoded({
    limit: formLimit,
    type: 'application/x-www-form-urlencoded',
    extended: false,
    verify: refuseBrokenForm,
  }),
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Tells once that the body is larger than `limit`, as soon as that is known: body-parser reads all of it before it
 * says so, and a client that waits for the answer never sends all of it. What comes inflated is left to it.
 */
function whenTooLarge(req: IncomingMessage, limit: number, tell: () => void): void {
  if (req.headers['content-encoding'] !== undefined) return;
  const length = req.headers['content-length'];
  if (length !== undefined) {
    if (Number(length) > limit) tell();
    return;
  }
  let received = 0;
  const count = (chunk: Buffer) => {
    received += chunk.length;
    if (received <= limit) return;
    req.off('data', count);
    tell();
  };
  req.on('data', count);
}

/**
 * What body-parser is to read: it takes a request whose client has said that it has sent all for one that was read
 * before, and would pass it on without its body.
 */
function unread(req: Request): Request {
  if (req.socket.readable) return req;
  return Object.assign(req.pipe(new PassThrough()), { headers: req.headers }) as unknown as Request;
}

/** The media type that a request without a body names: `req.is` knows none for it. */
const namedType = (req: IncomingMessage) => req.headers['content-type']?.split(';')[0]?.trim().toLowerCase();

/**
 * Reads the body into `req.body`, which is then one object. No body at all is one without members, so that the answer
 * names what is missing.
 *
 * @throws Problem 400 (syntax, encoding, not an object), 413 (larger than 32 KiB) or 415 (another type or charset)
 */
export function readBody({ forms = false } = {}): RequestHandler {
  const types = forms ? ['application/json', 'application/x-www-form-urlencoded'] : ['application/json'];
  return (req, res, next) => {
    // A common misspelling of the one charset that JSON has.
    req.headers['content-type'] = req.headers['content-type']?.replace(
      /charset\s*=\s*"?utf8"?/i,
      'charset=utf-8',
    );
    const type = req.is(types);
    if (type === null && types.includes(namedType(req) ?? '')) {
      req.body = {};
      next();
      return;
    }
    if (!type) {
      throw new Problem(
        'unsupported-media-type',
        { detail: `Send ${types.join(' or ')}.` },
        { headers: { Accept: types.join(', ') } },
      );
    }
    const { limit, parse } = type === 'application/json' ? json : form;
    let isTold = false;
    const proceed = (error?: unknown) => {
      if (isTold) return;
      isTold = true;
      next(error);
    };
    whenTooLarge(req, limit, () => proceed(new Problem('body-too-large')));
    if (isTold) return;
    const source = unread(req);
    parse(source, res, (error?: unknown) => {
      req.body = source.body;
      proceed(error ?? (isObject(req.body) ? undefined : new Problem('not-an-object')));
    });
  };
}
