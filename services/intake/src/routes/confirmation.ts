import { Problem } from '@meander/runtime';
import type { Request, RequestHandler } from 'express';
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
    res.set('Cache-Control', 'no-store').type('html').send(page);
  };
}
