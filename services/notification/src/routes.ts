import { actorOf, type Guard } from '@meander/auth';
import { Problem, type Routes } from '@meander/runtime';
import type { RequestHandler } from 'express';
import { parsePageRequest, toCursor } from './domain/page-request.ts';
import { type DeliveryDesk, retryableStates } from './handlers/manage-deliveries.ts';

interface RouteNeeds {
  requireScope: Guard;
  desk: DeliveryDesk;
}

function listDeliveries({ desk }: RouteNeeds): RequestHandler {
  return async (req, res) => {
    const parsed = parsePageRequest(req.query);
    if (!parsed.ok) throw new Problem('invalid-parameter', { detail: parsed.detail });
    const { limit, ...query } = parsed.value;
    // One more than asked for tells whether there is a next page.
    const found = await desk.list({ ...query, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next = found.length > limit && last ? toCursor(last.id) : null;
    res.set('Cache-Control', 'no-store').json({ items, next_cursor: next });
  };
}

function retryOne({ desk }: RouteNeeds): RequestHandler {
  return async (req, res) => {
    const result = await desk.retry(String(req.params.id), actorOf(res).id);
    if (result.kind === 'unknown') throw new Problem('not-found', { detail: 'There is no such delivery.' });
    if (result.kind === 'refused') {
      const detail = `It is ${result.state}; only ${retryableStates.join(', ')} can be tried again.`;
      throw new Problem('delivery-not-retryable', { detail, state: result.state });
    }
    res.status(202).set('Cache-Control', 'no-store').json(result.delivery);
  };
}

function retryAll({ desk }: RouteNeeds): RequestHandler {
  return async (req, res) => {
    const state = retryableStates.find((known) => known === req.query.state);
    if (!state) {
      throw new Problem('invalid-parameter', { detail: `state is one of ${retryableStates.join(', ')}.` });
    }
    res
      .status(202)
      .set('Cache-Control', 'no-store')
      .json({ retried: await desk.retryAll(state, actorOf(res).id) });
  };
}

/** The addresses of notification (contract section 4), for the people who run it. */
export function createRoutes(needs: RouteNeeds): Routes {
  const reads = needs.requireScope('deliveries:read');
  const writes = needs.requireScope('deliveries:write');
  return {
    '/deliveries': { get: [reads, listDeliveries(needs)] },
    '/deliveries/retry': { post: [writes, retryAll(needs)] },
    '/deliveries/:id/retry': { post: [writes, retryOne(needs)] },
  };
}
