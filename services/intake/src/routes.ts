import { parseAttribution } from '@meander/lead';
import { docsRoutes } from '@meander/openapi';
import { type Routes, readBody } from '@meander/runtime';
import { sameOrigin } from '@meander/web';
import type { Request } from 'express';
import type { AttemptLimiter } from './domain/rate-limit.ts';
import type { ConfirmationResends } from './handlers/resend-confirmation.ts';
import type { ConfirmationStore } from './handlers/show-confirmation.ts';
import { confirmationUrl } from './handlers/submit-lead.ts';
import { api } from './openapi/api.ts';
import { assets, pageAssets } from './pages/assets.ts';
import { type BookNeeds, book } from './routes/book.ts';
import { confirmationHtml, confirmationJson, resendForm } from './routes/confirmation.ts';
import { allowFraming, isEmbedded } from './routes/framing.ts';
import { limitAttempts } from './routes/limit-attempts.ts';
import { requestLocale } from './routes/locale.ts';
import { recogniseProbe, refuseFalseProbe, showArrival } from './routes/probe.ts';

interface RouteNeeds extends BookNeeds {
  limiter: AttemptLimiter;
  clientAddress: (req: Request) => string | null;
  confirmations: ConfirmationStore;
  resends: ConfirmationResends;
  /** Sites that may show the form in a frame. */
  frameOrigins: readonly string[];
}

/** The public addresses of intake (contract section 3). */
export function createRoutes(needs: RouteNeeds): Routes {
  const { limiter, clientAddress, confirmations, bookingPage, frameOrigins } = needs;
  const recognise = recogniseProbe({ signingKey: needs.formSigningKey, now: needs.now });
  return {
    '/': {
      get: (req, res) => {
        const embedded = isEmbedded(req);
        if (embedded) allowFraming(res, frameOrigins);
        const page = bookingPage({
          locale: requestLocale(req),
          embedded,
          attribution: parseAttribution(req.query),
        });
        res.set('Cache-Control', 'no-store').type('html').send(page);
      },
    },
    '/leads': {
      post: [
        recognise,
        limitAttempts(limiter, clientAddress),
        refuseFalseProbe,
        readBody({ forms: true }),
        book(needs),
      ],
    },
    '/probe': { get: [recognise, showArrival(clientAddress)] },
    '/confirmations/:masked_ref': { get: confirmationJson(confirmations) },
    '/confirmation/:masked_ref': { get: confirmationHtml(confirmations, frameOrigins) },
    // Not counted by the limiter: once for each booking is limit enough.
    '/confirmation/:masked_ref/resend': {
      post: [
        sameOrigin,
        readBody({ forms: true }),
        resendForm(needs, (ref) => confirmationUrl(needs.publicBaseUrl, ref)),
      ],
    },
    ...pageAssets,
    ...docsRoutes(api, assets),
  };
}
