import { type PhoneRegion, parseAttribution, parseBooking, typedFields } from '@meander/lead';
import { arrivalOf, Problem } from '@meander/runtime';
import { attributes, count, withSyncSpan } from '@meander/telemetry';
import type { Request, RequestHandler, Response } from 'express';
import { pageTokenField, readPageToken } from '../domain/page-token.ts';
import { isIdempotencyKey, submissionHash } from '../domain/submission.ts';
import { honeypotField, suspect } from '../domain/suspicion.ts';
import { type SubmitNeeds, submitLead } from '../handlers/submit-lead.ts';
import { type BookingPage, idempotencyField } from '../pages/booking-page.ts';
import { allowFraming, isEmbedded } from './framing.ts';
import { clientAddressOf } from './limit-attempts.ts';
import { requestLocale } from './locale.ts';
import { probeOf } from './probe.ts';

export interface BookNeeds extends SubmitNeeds {
  phoneRegion: PhoneRegion;
  formSigningKey: string;
  bookingPage: BookingPage;
  frameOrigins: readonly string[];
  now: () => Date;
}

const isForm = (req: Request) => Boolean(req.is('application/x-www-form-urlencoded'));

/** From the header; a plain HTML form, which has none, sends it as a field. */
function idempotencyKey(req: Request): string | undefined {
  const field = isForm(req) ? (req.body as Record<string, unknown>)[idempotencyField] : undefined;
  const key = req.get('idempotency-key') ?? (typeof field === 'string' && field !== '' ? field : undefined);
  if (key !== undefined && !isIdempotencyKey(key)) throw new Problem('idempotency-key-invalid');
  return key;
}

/** A plain HTML form has no objects: it names the members of `attribution` as fields of its own. */
const withAttribution = (body: Record<string, unknown>) => ({ ...body, attribution: body });

/** Takes a booking: JSON is answered with 202, a form post with the confirmation page or with the form and its faults. */
export function book(needs: BookNeeds): RequestHandler {
  return async (req: Request, res: Response) => {
    const body = req.body as Record<string, unknown>;
    const locale = requestLocale(req);
    const key = idempotencyKey(req);
    res.set('Cache-Control', 'no-store');

    const parsed = withSyncSpan('validate booking', {}, (span) => {
      const result = parseBooking(isForm(req) ? withAttribution(body) : body, {
        locale,
        phoneRegion: needs.phoneRegion,
      });
      span.setAttribute(attributes.outcome, result.ok ? 'valid' : 'invalid');
      return result;
    });
    const fields = typedFields(body);
    if (!parsed.ok) {
      count.submission({ outcome: 'invalid' });
      if (!isForm(req)) throw new Problem('validation-failed', { errors: parsed.errors });
      const embedded = isEmbedded(req);
      if (embedded) allowFraming(res, needs.frameOrigins);
      const page = needs.bookingPage({
        ...{ locale, typed: fields, errors: parsed.errors, embedded },
        attribution: parseAttribution(body),
      });
      res.status(422).type('html').send(page);
      return;
    }

    const probe = probeOf(res);
    const booking = probe ? { ...parsed.value, email: probe.email } : parsed.value;
    const suspicion = suspect({
      honeypot: body[honeypotField],
      loadedAt: readPageToken(body[pageTokenField], needs.formSigningKey),
      now: needs.now(),
      names: [booking.first_name, booking.last_name],
    });
    const idempotency =
      key === undefined ? null : { key, requestHash: submissionHash(fields, booking.attribution) };
    const accepted = await submitLead(
      needs,
      { booking, fields, ipAddress: clientAddressOf(res), idempotency, arrivedAt: arrivalOf(res) },
      suspicion,
    );
    if (!accepted) throw new Problem('idempotency-key-reused');
    if (!probe) count.submission({ outcome: suspicion ? 'quarantined' : 'accepted' });
    if (isForm(req)) res.redirect(303, accepted.confirmation_url + (isEmbedded(req) ? '?embed=1' : ''));
    else res.status(202).location(accepted.confirmation_url).json(accepted);
  };
}
