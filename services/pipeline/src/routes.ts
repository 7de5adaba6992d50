import type { Guard } from '@meander/auth';
import { docsRoutes } from '@meander/openapi';
import type { Routes } from '@meander/runtime';
import type { EventStream } from './handlers/stream-events.ts';
import { api } from './openapi/api.ts';
import { assets } from './pages/templates.ts';
import { type BoardPageNeeds, boardRoutes } from './routes/board/board-routes.ts';
import { demoPageRoutes } from './routes/board/demo-page-routes.ts';
import { type LeadPageNeeds, leadPageRoutes } from './routes/board/lead-page-routes.ts';
import { moveRoutes } from './routes/board/move-routes.ts';
import { type OrganisationNeeds, organisationRoutes } from './routes/board/organisation-routes.ts';
import { type OverviewNeeds, overviewRoutes } from './routes/board/overview-routes.ts';
import { type SignInNeeds, signInRoutes } from './routes/board/sign-in-routes.ts';
import { createBoardGuards } from './routes/board/signed-in.ts';
import { type DeliveryNeeds, deliveryRoutes } from './routes/delivery-routes.ts';
import { type DemoNeeds, demoRoutes } from './routes/demo-routes.ts';
import { eventDocsRoutes } from './routes/event-docs-routes.ts';
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
  DemoNeeds &
  DeliveryNeeds &
  TransitionNeeds &
  SignInNeeds &
  OrganisationNeeds &
  BoardPageNeeds &
  OverviewNeeds &
  LeadPageNeeds & {
    stream: EventStream;
    /** As `requireScope`; a signed-in person needs no key. For what is only read. */
    keyOrSession: Guard;
  };

/** The addresses of pipeline (contract section 5). */
export function createRoutes(needs: RouteNeeds): Routes {
  const guards = createBoardGuards(needs.sessions);
  const lead = leadRoutes(needs);
  return {
    ...listRoutes(needs),
    // Before `/leads/:id`, which would take it for an id.
    ...exportRoutes({ list: needs.list, logger: needs.logger, requireScope: needs.keyOrSession }),
    ...lead,
    '/leads/:id': { ...lead['/leads/:id'], ...eraseLead(needs) },
    ...personRoutes(needs),
    ...transitionRoutes(needs),
    ...demoRoutes(needs),
    ...deliveryRoutes(needs),
    ...quarantineRoutes(needs),
    ...reportRoutes(needs),
    ...docsRoutes(api, assets, [{ url: '/asyncapi.json', about: 'the events on RabbitMQ (AsyncAPI 3.0)' }]),
    ...eventDocsRoutes(),
    '/events': { get: [needs.keyOrSession('leads:read'), needs.stream.open] },
    ...assets.routes,
    ...signInRoutes(needs),
    ...organisationRoutes(needs),
    ...boardRoutes(needs, guards),
    ...leadPageRoutes(needs, guards),
    ...demoPageRoutes(needs, guards),
    ...moveRoutes(needs, guards),
    ...overviewRoutes(needs, guards),
  };
}
