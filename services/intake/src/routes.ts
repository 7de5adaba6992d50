import { docsRoutes } from '@meander/openapi';
import { type Routes, readBody } from '@meander/runtime';
import type { Request } from 'express';
import type { AttemptLimiter } from './domain/rate-limit.ts';
import type { ConfirmationStore } from './handlers/show-confirmation.ts';
import { api } from './openapi/api.ts';
import { assets, pageAssets } from './pages/assets.ts';
import { type BookNeeds, book } from './routes/book.ts';
import { confirmationHtml, confirmationJson } from './routes/confirmation.ts';
import { allowFraming, isEmbedded } from './routes/framing.ts';
import { limitAttempts } from './routes/limit-attempts.ts';
import { requestLocale } from './routes/locale.ts';

interface RouteNeeds extends BookNeeds {
  limiter: AttemptLimiter;
  clientAddress: (req: Request) => string | null;
  confirmations: ConfirmationStore;
  /** Sites that may show the form in a frame. */
  frameOrigins: readonly string[];
}

/** The public addresses of intake (contract section 3). */
export function createRoutes(needs: RouteNeeds): Routes {
  const { limiter, clientAddress, confirmations, bookingPage, frameOrigins } = needs;
  return {
    '/': {
      get: (req, res) => {
        const embedded = isEmbedded(req);
        if (embedded) allowFraming(res, frameOrigins);
        const page = bookingPage({ locale: requestLocale(req), embedded });
        res.set('Cache-Control', 'no-store').type('html').send(page);
      },
    },
    '/leads': { post: [limitAttempts(limiter, clientAddress), readBody({ forms: true }), book(needs)] },
    '/confirmations/:masked_ref': { get: confirmationJson(confirmations) },
    '/confirmation/:masked_ref': { get: confirmationHtml(confirmations, frameOrigins) },
    ...pageAssets,
    ...docsRoutes(api, assets),
  };
}
