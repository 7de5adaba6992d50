import { actorOf, type Guard } from '@meander/auth';
import { Problem, type Routes } from '@meander/runtime';
import type { RequestHandler } from 'express';
import { type DeliveryRetries, retryableStates } from '../handlers/retry-delivery.ts';
import { sendJson } from './answers.ts';

export interface DeliveryNeeds {
  requireScope: Guard;
  retries: DeliveryRetries;
}

function requestRetry({ retries }: DeliveryNeeds): RequestHandler {
  return async (req, res) => {
    const result = await retries.request(String(req.params.id), actorOf(res));
    if (result.kind === 'unknown') throw new Problem('not-found', { detail: 'There is no such mail.' });
    if (result.kind === 'refused') {
      const detail = `It is ${result.state}; only ${retryableStates.join(', ')} can be sent again.`;
      throw new Problem('delivery-not-retryable', { detail, state: result.state });
    }
    res.status(202);
    sendJson(res, { id: result.id, requested_at: result.requestedAt.toISOString() });
  };
}

/** `/deliveries/:id/retry`: a mail of a lead's timeline, once more. Notification sends it a moment later. */
export function deliveryRoutes(needs: DeliveryNeeds): Routes {
  return { '/deliveries/:id/retry': { post: [needs.requireScope('leads:write'), requestRetry(needs)] } };
}
