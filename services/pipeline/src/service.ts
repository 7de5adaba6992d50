import { createMessaging } from '@meander/messaging';
import {
  createHttpService,
  createLogger,
  databaseDependency,
  databasePart,
  type HttpService,
  type Logger,
  openDatabase,
} from '@meander/runtime';
import { createDemoStore } from './adapters/demo-store.ts';
import { createEventLog } from './adapters/event-log.ts';
import { createLeadStore } from './adapters/lead-store.ts';
import type { PipelineConfig } from './config.ts';
import { createEventStream } from './handlers/stream-events.ts';
import { createRoutes } from './routes.ts';

const role = 'meander_pipeline';

/** The whole wiring of pipeline. */
export function createService(
  config: PipelineConfig,
  { logger = createLogger('pipeline', config.LOG_LEVEL) }: { logger?: Logger } = {},
): HttpService {
  const db = openDatabase({
    url: config.DATABASE_URL,
    role,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'meander-pipeline',
  });
  const stream = createEventStream(createEventLog(db));
  const messaging = createMessaging({
    config,
    service: 'pipeline',
    role,
    logger,
    consumers: [{ subscription: { own: ['lead.#'] }, prefetch: 100, handle: stream.publish }],
  });
  const routes = createRoutes({
    db,
    leads: createLeadStore(db, { policy: config.TRANSITION_POLICY, committed: messaging.poke }),
    demos: createDemoStore(db, { committed: messaging.poke }),
    stream,
    policy: config.TRANSITION_POLICY,
  });
  return createHttpService({
    logger,
    address: { host: config.HOST, port: config.PIPELINE_PORT, variable: 'PIPELINE_PORT' },
    dependencies: [databaseDependency(db), messaging.dependency(false)],
    routes,
    closing: stream.close,
    parts: [messaging, databasePart(db)],
  });
}
