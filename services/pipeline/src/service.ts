import { authOptions, createAuthentication, createOidcSignIn, requireScope } from '@meander/auth';
import { createMessaging, observeOutbox } from '@meander/messaging';
import {
  createClientAddress,
  createHttpService,
  createLogger,
  databaseDependency,
  databasePart,
  type HttpService,
  type Logger,
  openDatabase,
} from '@meander/runtime';
import { createCountChanges } from './adapters/count-changes.ts';
import { createCursors } from './adapters/cursor.ts';
import { createDeliveryRetries } from './adapters/delivery-retries.ts';
import { createDemoStore } from './adapters/demo-store.ts';
import { createEventLog } from './adapters/event-log.ts';
import { createFailedMails } from './adapters/failed-mails.ts';
import { createLeadCounts } from './adapters/lead-counts.ts';
import { createLeadEditor } from './adapters/lead-editor.ts';
import { createLeadEntry } from './adapters/lead-entry.ts';
import { observeLeads } from './adapters/lead-gauges.ts';
import { createLeadList } from './adapters/lead-list.ts';
import { createLeadStore } from './adapters/lead-store.ts';
import { createPendingSignIns } from './adapters/pending-sign-ins.ts';
import { createPersonStore } from './adapters/person-store.ts';
import { createPipelineCounter } from './adapters/pipeline-counter.ts';
import { createQuarantine } from './adapters/quarantine.ts';
import { createSessions } from './adapters/session-store.ts';
import { createTimeline } from './adapters/timeline.ts';
import { createWeekCounter } from './adapters/week-counter.ts';
import { oidcClient, type PipelineConfig, usualMetricsPort } from './config.ts';
import { createCountFolding } from './handlers/fold-counts.ts';
import { startCountingMoves } from './handlers/measure-move.ts';
import { createEventStream } from './handlers/stream-events.ts';
import { problemPage } from './pages/problem-page.ts';
import { orBySession } from './routes/board/session-cookie.ts';
import { createRoutes } from './routes.ts';

const role = 'meander_pipeline';

/** The whole wiring of pipeline. */
export function createService(
  config: PipelineConfig,
  { logger = createLogger('pipeline', config.LOG_LEVEL) }: { logger?: Logger } = {},
): HttpService {
  const db = openDatabase({
    url: config.DATABASE_URL,
    ca: config.DATABASE_CA,
    role,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'meander-pipeline',
  });
  observeOutbox(db);
  observeLeads(db);
  startCountingMoves();
  const authentication = createAuthentication({
    db,
    logger,
    clientAddress: createClientAddress(config.TRUSTED_PROXIES),
    ...authOptions(config),
  });
  const sessions = createSessions(db);
  const readers = orBySession(authentication, sessions);
  const stream = createEventStream(createEventLog(db), { recheck: readers.authenticate });
  const messaging = createMessaging({
    config,
    service: 'pipeline',
    role,
    logger,
    consumers: [{ subscription: { own: ['lead.#'] }, prefetch: 100, handle: stream.publish }],
  });
  const folding = createCountFolding({ changes: createCountChanges(db), logger });
  const committed = messaging.poke;
  const client = oidcClient(config);
  const routes = createRoutes({
    requireScope: (scope) => requireScope(authentication, scope),
    keyOrSession: (scope) => requireScope(readers, scope),
    authentication,
    sessions,
    organisation: client && createOidcSignIn(client),
    pendingSignIns: createPendingSignIns(db),
    logger,
    list: createLeadList(db),
    cursors: createCursors(db),
    counts: createLeadCounts(db),
    entry: createLeadEntry(db, { committed }),
    editor: createLeadEditor(db, { committed }),
    timeline: createTimeline(db),
    quarantine: createQuarantine(db, { phoneRegion: config.DEFAULT_PHONE_REGION, committed }),
    counter: createPipelineCounter(db),
    weeks: createWeekCounter(db),
    failedMails: createFailedMails(db),
    retries: createDeliveryRetries(db, { committed }),
    persons: createPersonStore(db, { committed }),
    leads: createLeadStore(db, { policy: config.TRANSITION_POLICY, committed }),
    demos: createDemoStore(db, { committed }),
    stream,
    policy: config.TRANSITION_POLICY,
    phoneRegion: config.DEFAULT_PHONE_REGION,
  });
  return createHttpService({
    logger,
    address: { host: config.HOST, port: config.PIPELINE_PORT, variable: 'PIPELINE_PORT' },
    metrics: {
      port: config.PIPELINE_METRICS_PORT,
      variable: 'PIPELINE_METRICS_PORT',
      usual: usualMetricsPort,
    },
    dependencies: [databaseDependency(db), messaging.dependency(false)],
    routes,
    problemPage,
    closing: stream.close,
    parts: [stream, folding, messaging, databasePart(db)],
  });
}
