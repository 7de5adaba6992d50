import { authOptions, createAuthentication, requireScope } from '@meander/auth';
import { createAttempts, createMessaging, observeOutbox, queues } from '@meander/messaging';
import { docsAssets, docsRoutes } from '@meander/openapi';
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
import { createAssets } from '@meander/web';
import { createDeliveryDesk } from './adapters/delivery-desk.ts';
import { observeDeliveries, startCountingDeliveries } from './adapters/delivery-gauges.ts';
import { createDeliveryLedger } from './adapters/delivery-ledger.ts';
import { createDeliveryQueue } from './adapters/delivery-queue.ts';
import { createLostEvents } from './adapters/lost-events.ts';
import { createMailer, type DkimKey } from './adapters/mailer.ts';
import { createRenderer } from './adapters/templates.ts';
import { type NotificationConfig, usualMetricsPort } from './config.ts';
import type { MailSettings } from './domain/mail.ts';
import { createRecordDeliveries } from './handlers/record-deliveries.ts';
import { createRelayGate } from './handlers/relay-gate.ts';
import { createSendLoop } from './handlers/send-loop.ts';
import { createSweep } from './handlers/sweep-events.ts';
import { createApi } from './openapi/api.ts';
import { previewRoutes } from './pages/preview.ts';
import { createRoutes } from './routes.ts';

const role = 'meander_notification';
/** Events in hand at once: a batch that is being written down, and as many that gather for the next. */
const prefetch = 128;
/** What the page that describes the API loads. */
const assets = createAssets(docsAssets);

function dkimKey(config: NotificationConfig): DkimKey | undefined {
  const { DKIM_DOMAIN: domainName, DKIM_SELECTOR: keySelector, DKIM_PRIVATE_KEY: privateKey } = config;
  return domainName && keySelector && privateKey ? { domainName, keySelector, privateKey } : undefined;
}

/**
 * The whole wiring of notification.
 *
 * @param overrides `clockOffset`: milliseconds by which a test is ahead of every clock
 */
export function createService(
  config: NotificationConfig,
  {
    logger = createLogger('notification', config.LOG_LEVEL),
    clockOffset = () => 0,
  }: { logger?: Logger; clockOffset?: () => number } = {},
): HttpService {
  const db = openDatabase({
    url: config.DATABASE_URL,
    ca: config.DATABASE_CA,
    role,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'meander-notification',
    byKey: true,
  });
  observeOutbox(db);
  observeDeliveries(db);
  startCountingDeliveries();
  const now = () => Date.now() + clockOffset();
  const settings: MailSettings = {
    from: config.MAIL_FROM,
    publicBaseUrl: config.PUBLIC_BASE_URL,
    salesEmail: config.SALES_EMAIL,
    salesLocale: config.SALES_LOCALE,
    doctorEmail: config.DOCTOR_EMAIL,
  };
  const render = createRenderer();
  const mailer = createMailer({
    smtpUrl: config.SMTP_URL,
    connections: config.SMTP_CONNECTIONS,
    ca: config.SMTP_CA,
    from: config.MAIL_FROM,
    dkim: dkimKey(config),
  });
  const gate = createRelayGate({ relay: mailer, now, random: Math.random, logger });
  const sendLoop = createSendLoop({
    connections: config.SMTP_CONNECTIONS,
    queue: createDeliveryQueue(db, { clockOffset }),
    mailer,
    gate,
    render,
    settings,
    now: () => new Date(now()),
    random: Math.random,
    settled: () => messaging.poke(),
    logger,
  });
  const record = createRecordDeliveries({
    ledger: createDeliveryLedger(db, { fromAddress: config.MAIL_FROM.address }),
    alertSales: config.SALES_EMAIL !== undefined,
    recorded: sendLoop.wake,
  });
  const queue = queues.confirmLead.name;
  const attempts = createAttempts(db, queue);
  const messaging = createMessaging({
    config,
    service: 'notification',
    role,
    logger,
    consumers: [{ subscription: { queue, attempts }, prefetch, handle: record }],
  });
  const sweep = createSweep({ lostEvents: createLostEvents(db), attempts, handle: record, logger });
  const authentication = createAuthentication({
    db,
    logger,
    clientAddress: createClientAddress(config.TRUSTED_PROXIES),
    ...authOptions(config),
  });
  const previewing = config.PREVIEW === '1';
  const desk = createDeliveryDesk(db, { retried: sendLoop.wake });
  return createHttpService({
    logger,
    address: { host: config.HOST, port: config.NOTIFICATION_PORT, variable: 'NOTIFICATION_PORT' },
    metrics: {
      port: config.NOTIFICATION_METRICS_PORT,
      variable: 'NOTIFICATION_METRICS_PORT',
      usual: usualMetricsPort,
    },
    dependencies: [databaseDependency(db), messaging.dependency(true), ...gate.dependencies],
    routes: {
      ...createRoutes({ requireScope: (scope) => requireScope(authentication, scope), desk }),
      ...docsRoutes(createApi(previewing), assets),
      ...assets.routes,
      ...(previewing ? previewRoutes(render, settings) : {}),
    },
    parts: [
      sweep,
      sendLoop,
      messaging,
      { start: async () => {}, stop: async () => mailer.close() },
      databasePart(db),
    ],
  });
}
