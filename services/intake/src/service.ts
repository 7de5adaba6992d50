import { createMessaging, observeOutbox } from '@meander/messaging';
import {
  createClientAddress,
  createHttpService,
  createLogger,
  databaseDependency,
  databasePart,
  type HttpService,
  type HttpTimeouts,
  type Logger,
  openDatabase,
} from '@meander/runtime';
import { bookSynthetic, deriveSigningKey } from '@meander/synthetic';
import { count, startAtZero } from '@meander/telemetry';
import { createCanaryStore, observeCanary } from './adapters/canary-store.ts';
import { createConfirmationStore } from './adapters/confirmation-store.ts';
import { allowOrigins } from './adapters/cors.ts';
import { createQuarantineStore } from './adapters/quarantine-store.ts';
import { createRateLimiter } from './adapters/rate-limiter.ts';
import { createResendStore } from './adapters/resend-store.ts';
import { createRetentionStore } from './adapters/retention-store.ts';
import { createSubmissionStore } from './adapters/submission-store.ts';
import { type IntakeConfig, usualMetricsPort } from './config.ts';
import { createRetentionJob } from './handlers/apply-retention.ts';
import { createCanary } from './handlers/run-canary.ts';
import { createBookingPage } from './pages/booking-page.ts';
import { problemPage } from './pages/problem-page.ts';
import { createRoutes } from './routes.ts';

const role = 'meander_intake';

/** How an attempt to book can end, as `meander.submissions` counts it. */
const submissionOutcomes = ['accepted', 'quarantined', 'invalid', 'rate_limited'];

/** What a test may replace. */
interface Overrides {
  logger?: Logger;
  now?: () => Date;
  timeouts?: HttpTimeouts;
}

/** The whole wiring of intake. */
export function createService(
  config: IntakeConfig,
  { logger = createLogger('intake', config.LOG_LEVEL), now = () => new Date(), timeouts }: Overrides = {},
): HttpService {
  const db = openDatabase({
    url: config.DATABASE_URL,
    ca: config.DATABASE_CA,
    role,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'meander-intake',
    byKey: true,
  });
  observeOutbox(db);
  startAtZero(count.limiterFallback);
  startAtZero(count.submission, ...submissionOutcomes.map((outcome) => ({ outcome })));
  const formSigningKey = config.FORM_SIGNING_KEY ?? deriveSigningKey(config.DATABASE_URL);
  const messaging = createMessaging({ config, service: 'intake', role, logger });
  const limiter = createRateLimiter({
    redis: config.REDIS_URL === undefined ? undefined : { url: config.REDIS_URL, ca: config.REDIS_CA },
    keyPrefix: config.REDIS_KEY_PREFIX,
    rule: { max: config.RATE_LIMIT_MAX, windowMs: config.RATE_LIMIT_WINDOW_SECONDS * 1000 },
    logger,
  });
  const intervalSeconds = config.CANARY_INTERVAL_SECONDS;
  if (intervalSeconds !== undefined) observeCanary(db, intervalSeconds);
  const canary = createCanary({
    store: createCanaryStore(db),
    book: (signal) => bookSynthetic({ baseUrl: config.PUBLIC_BASE_URL, key: formSigningKey, signal }),
    intervalSeconds,
    logger,
  });
  const routes = createRoutes({
    limiter,
    clientAddress: createClientAddress(config.TRUSTED_PROXIES),
    submissions: createSubmissionStore(db, { committed: messaging.poke }),
    quarantine: createQuarantineStore(db),
    confirmations: createConfirmationStore(db),
    resends: createResendStore(db, { committed: messaging.poke }),
    bookingPage: createBookingPage({
      signingKey: formSigningKey,
      retentionDays: config.IP_RETENTION_DAYS,
      now,
    }),
    formSigningKey,
    frameOrigins: config.CORS_ORIGINS,
    now,
    publicBaseUrl: config.PUBLIC_BASE_URL,
    phoneRegion: config.DEFAULT_PHONE_REGION,
  });
  return createHttpService({
    logger,
    address: {
      host: config.HOST,
      port: config.INTAKE_PORT,
      variable: 'INTAKE_PORT',
      ...(timeouts ? { timeouts } : {}),
    },
    metrics: { port: config.INTAKE_METRICS_PORT, variable: 'INTAKE_METRICS_PORT', usual: usualMetricsPort },
    dependencies: [databaseDependency(db), messaging.dependency(false), ...limiter.dependencies],
    routes,
    before: [allowOrigins(config.CORS_ORIGINS)],
    problemPage,
    formTargets: [new URL(config.PUBLIC_BASE_URL).origin],
    parts: [
      canary,
      createRetentionJob(createRetentionStore(db), config.IP_RETENTION_DAYS, logger),
      messaging,
      limiter,
      databasePart(db),
    ],
  });
}
