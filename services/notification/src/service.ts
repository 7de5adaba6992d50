import { createMessaging, queues } from '@meander/messaging';
import {
  createHttpService,
  createLogger,
  databaseDependency,
  databasePart,
  type HttpService,
  type Logger,
  openDatabase,
} from '@meander/runtime';
import { createDeliveryLedger } from './adapters/delivery-ledger.ts';
import { createDeliveryQueue } from './adapters/delivery-queue.ts';
import { createMailer } from './adapters/mailer.ts';
import { createRenderer } from './adapters/templates.ts';
import type { NotificationConfig } from './config.ts';
import { createRecordDeliveries } from './handlers/record-deliveries.ts';
import { createSendLoop } from './handlers/send-loop.ts';

const role = 'meander_notification';

/** The whole wiring of notification. */
export function createService(
  config: NotificationConfig,
  { logger = createLogger('notification', config.LOG_LEVEL) }: { logger?: Logger } = {},
): HttpService {
  const db = openDatabase({
    url: config.DATABASE_URL,
    role,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'meander-notification',
  });
  const mailer = createMailer({ smtpUrl: config.SMTP_URL, mailFrom: config.MAIL_FROM });
  const sendLoop = createSendLoop({
    queue: createDeliveryQueue(db),
    mailer,
    render: createRenderer(),
    publicBaseUrl: config.PUBLIC_BASE_URL,
    salesEmail: config.SALES_EMAIL,
    now: () => new Date(),
    random: Math.random,
    settled: () => messaging.poke(),
    logger,
  });
  const messaging = createMessaging({
    config,
    service: 'notification',
    role,
    logger,
    consumers: [
      {
        subscription: { queue: queues.confirmLead.name },
        prefetch: 20,
        handle: createRecordDeliveries({
          ledger: createDeliveryLedger(db, { mailFrom: config.MAIL_FROM }),
          alertSales: config.SALES_EMAIL !== undefined,
          recorded: sendLoop.wake,
        }),
      },
    ],
  });
  return createHttpService({
    logger,
    address: { host: config.HOST, port: config.NOTIFICATION_PORT, variable: 'NOTIFICATION_PORT' },
    dependencies: [
      databaseDependency(db),
      messaging.dependency(true),
      { name: 'mail', required: false, check: mailer.check },
    ],
    routes: {},
    parts: [
      sendLoop,
      messaging,
      { start: async () => {}, stop: async () => mailer.close() },
      databasePart(db),
    ],
  });
}
