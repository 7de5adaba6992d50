import { type Locale, locales, type PhoneRegion, parseBooking } from '@meander/lead';
import { addressBucket, Problem, type Routes, readBody } from '@meander/runtime';
import { count } from '@meander/telemetry';
import type { Request, RequestHandler } from 'express';
import type { RateLimiter } from './adapters/rate-limiter.ts';
import { rateLimitHeaders } from './domain/rate-limit.ts';
import { isIdempotencyKey, submissionHash, typedFields } from './domain/submission.ts';
import { type ConfirmationStore, showConfirmation } from './handlers/show-confirmation.ts';
import { type SubmissionStore, submitLead } from './handlers/submit-lead.ts';
import { confirmationPage, pageAssets } from './pages/confirmation-page.ts';

interface RouteNeeds {
  limiter: Pick<RateLimiter, 'attempt' | 'rule'>;
  clientAddress: (req: Request) => string | null;
  submissions: SubmissionStore;
  confirmations: ConfirmationStore;
  publicBaseUrl: string;
  phoneRegion: PhoneRegion;
}

/** The language of the answer: the form's own, else the browser's, else Norwegian. */
function requestLocale(req: Request): Locale {
  const asked = (req.body as Record<string, unknown> | undefined)?.locale;
  if ((locales as readonly unknown[]).includes(asked)) return asked as Locale;
  return req.acceptsLanguages(['nb', 'no', 'nn', 'en']) === 'en' ? 'en' : 'nb';
}

function idempotencyKey(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key !== undefined && !isIdempotencyKey(key)) throw new Problem('idempotency-key-invalid');
  return key;
}

/** The seed's rate_limit_per_ip: before anything is parsed or written. */
function limitAttempts({ limiter, clientAddress }: RouteNeeds): RequestHandler {
  return async (req, res, next) => {
    const ipAddress = clientAddress(req);
    const decision = await limiter.attempt(addressBucket(ipAddress));
    res.set(rateLimitHeaders(limiter.rule, decision));
    if (!decision.allowed) {
      count.submission({ outcome: 'rate_limited' });
      throw new Problem('rate-limited', {
        detail: `At most ${limiter.rule.max} attempts are taken from one address. Try again in ${Math.ceil(decision.resetMs / 60_000)} min.`,
      });
    }
    res.locals.ipAddress = ipAddress;
    next();
  };
}

function takeBooking(needs: RouteNeeds): RequestHandler {
  return async (req, res) => {
    const key = idempotencyKey(req);
    const parsed = parseBooking(req.body, { locale: requestLocale(req), phoneRegion: needs.phoneRegion });
    if (!parsed.ok) {
      count.submission({ outcome: 'invalid' });
      throw new Problem('validation-failed', { errors: parsed.errors });
    }
    const fields = typedFields(req.body);
    const accepted = await submitLead(needs, {
      booking: parsed.value,
      fields,
      ipAddress: res.locals.ipAddress,
      idempotency:
        key === undefined ? null : { key, requestHash: submissionHash(fields, parsed.value.attribution) },
    });
    if (!accepted) throw new Problem('idempotency-key-reused');
    count.submission({ outcome: 'accepted' });
    res.set('Cache-Control', 'no-store');
    if (req.is('application/x-www-form-urlencoded')) res.redirect(303, accepted.confirmation_url);
    else res.status(202).location(accepted.confirmation_url).json(accepted);
  };
}

function findConfirmation({ confirmations }: RouteNeeds) {
  return async (req: Request) => {
    const found = await showConfirmation(confirmations, String(req.params.masked_ref));
    if (!found) throw new Problem('not-found', { detail: 'There is no booking with this reference.' });
    return found;
  };
}

/** The public addresses of intake (contract section 3). */
export function createRoutes(needs: RouteNeeds): Routes {
  const find = findConfirmation(needs);
  return {
    '/leads': { post: [limitAttempts(needs), readBody({ forms: true }), takeBooking(needs)] },
    '/confirmations/:masked_ref': {
      get: async (req, res) => {
        const { state, email_hint, received_at } = await find(req);
        res.set('Cache-Control', 'no-store').json({ state, email_hint, received_at });
      },
    },
    '/confirmation/:masked_ref': {
      get: async (req, res) => {
        const found = await find(req);
        res
          .set('Cache-Control', 'no-store')
          .type('html')
          .send(confirmationPage(found, found.locale ?? requestLocale(req)));
      },
    },
    ...pageAssets,
  };
}
