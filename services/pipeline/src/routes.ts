import type { Routes } from '@meander/runtime';
import type { EventStream } from './handlers/stream-events.ts';
import { type ExportNeeds, exportRoutes } from './routes/export-routes.ts';
import { type LeadNeeds, leadRoutes } from './routes/lead-routes.ts';
import { type ListNeeds, listRoutes } from './routes/list-routes.ts';
import { eraseLead, type PersonNeeds, personRoutes } from './routes/person-routes.ts';
import { type QuarantineNeeds, quarantineRoutes } from './routes/quarantine-routes.ts';
import { type ReportNeeds, reportRoutes } from './routes/report-routes.ts';
import { type TransitionNeeds, transitionRoutes } from './routes/transition-routes.ts';

type RouteNeeds = ListNeeds &
  ExportNeeds &
  LeadNeeds &
  PersonNeeds &
  QuarantineNeeds &
  ReportNeeds &
  TransitionNeeds & { stream: EventStream };

/** The addresses of pipeline (contract section 5). */
export function createRoutes(needs: RouteNeeds): Routes {
  const lead = leadRoutes(needs);
  return {
    ...listRoutes(needs),
    // Before `/leads/:id`, which would take it for an id.
    ...exportRoutes(needs),
    ...lead,
    '/leads/:id': { ...lead['/leads/:id'], ...eraseLead(needs) },
    ...personRoutes(needs),
    ...transitionRoutes(needs),
    ...quarantineRoutes(needs),
    ...reportRoutes(needs),
    '/events': { get: [needs.requireScope('leads:read'), needs.stream.open] },
  };
}
