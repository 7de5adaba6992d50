import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler } from 'express';
import { Problem } from './problems.ts';

/** The largest body that is taken, counted after inflation (contract section 3). */
export const bodyLimit = 32 * 1024;

/**
 * Bytes that are not the declared UTF-8 would be stored as replacement characters and found months later.
 * body-parser writes its own members onto what is thrown here, so it is a plain error that `type` tells apart.
 */
function refuseBrokenText(_req: IncomingMessage, _res: unknown, bytes: Buffer, encoding: string): void {
  if (/^utf-?8$/i.test(encoding) && !isUtf8(bytes)) {
    throw Object.assign(new Error('not UTF-8'), { type: 'encoding.invalid' });
  }
}

const json = express.json({
  limit: bodyLimit,
  type: 'application/json',
  strict: false,
  verify: refuseBrokenText,
});
const form = express.urlencoded({
  limit: bodyLimit,
  type: 'application/x-www-form-urlencoded',
  extended: false,
  verify: refuseBrokenText,
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads the body into `req.body`, which is then one object.
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
    if (!type) {
      throw new Problem(
        'unsupported-media-type',
        { detail: `Send ${types.join(' or ')}.` },
        { headers: { Accept: types.join(', ') } },
      );
    }
    (type === 'application/json' ? json : form)(req, res, (error?: unknown) => {
      if (error) next(error);
      else if (!isObject(req.body)) next(new Problem('not-an-object'));
      else next();
    });
  };
}
