import { Problem } from '@meander/runtime';
import type { Request, RequestHandler } from 'express';
import { type ConfirmationResends, resendConfirmation } from '../handlers/resend-confirmation.ts';
import { type ConfirmationStore, showConfirmation } from '../handlers/show-confirmation.ts';
import { confirmationPage } from '../pages/confirmation-page.ts';
import { allowFraming, isEmbedded } from './framing.ts';
import { requestLocale } from './locale.ts';

async function find(confirmations: ConfirmationStore, req: Request) {
  const found = await showConfirmation(confirmations, String(req.params.masked_ref));
  if (!found) throw new Problem('not-found', { detail: 'There is no booking with this reference.' });
  return found;
}

/** `GET /confirmations/:masked_ref`: for the website's own page. */
export function confirmationJson(confirmations: ConfirmationStore): RequestHandler {
  return async (req, res) => {
    const { state, email_hint, received_at } = await find(confirmations, req);
    res.set('Cache-Control', 'no-store').json({ state, email_hint, received_at });
  };
}

/** `GET /confirmation/:masked_ref`: the page behind the link in the mail. */
export function confirmationHtml(
  confirmations: ConfirmationStore,
  frameOrigins: readonly string[],
): RequestHandler {
  return async (req, res) => {
    const found = await find(confirmations, req);
    const embedded = isEmbedded(req);
    if (embedded) allowFraming(res, frameOrigins);
    const page = confirmationPage(found, {
      locale: found.locale ?? requestLocale(req),
      ref: String(req.params.masked_ref),
      embedded,
    });
    // Without a referrer at all, browsers would send `Origin: null` with the form that asks for the mail again.
    res.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'same-origin' }).type('html').send(page);
  };
}

/**
 * `POST /confirmation/:masked_ref/resend`: the page's button. The answer is the way back to the page whatever
 * became of it, so that it tells nothing of a reference, and a reload asks for nothing again.
 */
export function resendForm(
  needs: { confirmations: ConfirmationStore; resends: ConfirmationResends },
  confirmationUrl: (maskedRef: string) => string,
): RequestHandler {
  return async (req, res) => {
    const maskedRef = String(req.params.masked_ref);
    await resendConfirmation(needs, maskedRef);
    const page = confirmationUrl(encodeURIComponent(maskedRef)) + (isEmbedded(req) ? '?embed=1' : '');
    res.set('Cache-Control', 'no-store').redirect(303, page);
  };
}
