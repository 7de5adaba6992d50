import type { Routes } from '@meander/runtime';
import type { EventStream } from './handlers/stream-events.ts';
import { type LeadNeeds, leadRoutes } from './routes/lead-routes.ts';
import { type ListNeeds, listRoutes } from './routes/list-routes.ts';
import { type TransitionNeeds, transitionRoutes } from './routes/transition-routes.ts';

type RouteNeeds = ListNeeds & LeadNeeds & TransitionNeeds & { stream: EventStream };

/** The addresses of pipeline (contract section 5). */
export function createRoutes(needs: RouteNeeds): Routes {
  return {
    ...listRoutes(needs),
    ...leadRoutes(needs),
    ...transitionRoutes(needs),
    '/events': { get: [needs.requireScope('leads:read'), needs.stream.open] },
  };
}
