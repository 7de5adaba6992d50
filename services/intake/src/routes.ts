import { type Routes, readBody } from '@meander/runtime';
import type { Request } from 'express';
import type { AttemptLimiter } from './domain/rate-limit.ts';
import type { ConfirmationStore } from './handlers/show-confirmation.ts';
import { pageAssets } from './pages/assets.ts';
import { type BookNeeds, book } from './routes/book.ts';
import { confirmationHtml, confirmationJson } from './routes/confirmation.ts';
import { limitAttempts } from './routes/limit-attempts.ts';
import { requestLocale } from './routes/locale.ts';

interface RouteNeeds extends BookNeeds {
  limiter: AttemptLimiter;
  clientAddress: (req: Request) => string | null;
  confirmations: ConfirmationStore;
}

/** The public addresses of intake (contract section 3). */
export function createRoutes(needs: RouteNeeds): Routes {
  const { limiter, clientAddress, confirmations, bookingPage } = needs;
  return {
    '/': {
      get: (req, res) =>
        void res
          .set('Cache-Control', 'no-store')
          .type('html')
          .send(bookingPage({ locale: requestLocale(req) })),
    },
    '/leads': { post: [limitAttempts(limiter, clientAddress), readBody({ forms: true }), book(needs)] },
    '/confirmations/:masked_ref': { get: confirmationJson(confirmations) },
    '/confirmation/:masked_ref': { get: confirmationHtml(confirmations) },
    ...pageAssets,
  };
}
