import { createMessaging } from '@meander/messaging';
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
import { createConfirmationStore } from './adapters/confirmation-store.ts';
import { createRateLimiter } from './adapters/rate-limiter.ts';
import { createSubmissionStore } from './adapters/submission-store.ts';
import type { IntakeConfig } from './config.ts';
import { createRoutes } from './routes.ts';

const role = 'meander_intake';

/** The whole wiring of intake. */
export function createService(
  config: IntakeConfig,
  { logger = createLogger('intake', config.LOG_LEVEL) }: { logger?: Logger } = {},
): HttpService {
  const db = openDatabase({
    url: config.DATABASE_URL,
    role,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'meander-intake',
  });
  const messaging = createMessaging({ config, service: 'intake', role, logger });
  const limiter = createRateLimiter({
    redisUrl: config.REDIS_URL,
    keyPrefix: config.REDIS_KEY_PREFIX,
    rule: { max: config.RATE_LIMIT_MAX, windowMs: config.RATE_LIMIT_WINDOW_SECONDS * 1000 },
    logger,
  });
  const routes = createRoutes({
    limiter,
    clientAddress: createClientAddress(config.TRUSTED_PROXIES),
    submissions: createSubmissionStore(db, { committed: messaging.poke }),
    confirmations: createConfirmationStore(db),
    publicBaseUrl: config.PUBLIC_BASE_URL,
    phoneRegion: config.DEFAULT_PHONE_REGION,
  });
  return createHttpService({
    logger,
    address: { host: config.HOST, port: config.INTAKE_PORT, variable: 'INTAKE_PORT' },
    dependencies: [databaseDependency(db), messaging.dependency(false), ...limiter.dependencies],
    routes,
    parts: [messaging, limiter, databasePart(db)],
  });
}
