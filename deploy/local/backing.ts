import { startBroker } from './broker/index.ts';
import { startMailCatcher } from './mail/index.ts';
import { startPostgres } from './postgres/index.ts';
import type { LocalSettings } from './settings.ts';

/** The backing services that the three services run on, and how each came to be. */
export interface Backing {
  databaseUrl: string;
  amqpUrl: string;
  redisUrl: string | undefined;
  smtpUrl: string;
  /** The catcher's inbox; undefined where mail goes to a server of the environment. */
  mailWebUrl: string | undefined;
  /** One line a dependency: what it is and where it comes from. */
  description: string[];
  stop(): Promise<void>;
}

/** Starts what the environment does not name. Nothing is left running when one of them cannot start. */
export async function startBacking(settings: LocalSettings): Promise<Backing> {
  const stops: (() => Promise<void>)[] = [];
  const description: string[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  const from = (name: string, url: string | undefined, embedded: string) =>
    description.push(`${name.padEnd(11)}${url ? 'from the environment' : embedded}`);

  try {
    let databaseUrl = settings.DATABASE_URL;
    if (!databaseUrl) {
      const postgres = await startPostgres({
        dataDir: `${settings.MEANDER_LOCAL_DIR}/postgres`,
        port: settings.POSTGRES_PORT,
      });
      stops.push(() => postgres.stop());
      databaseUrl = postgres.url;
      from('PostgreSQL', undefined, `embedded ${postgres.version}, port ${postgres.port}`);
    } else from('PostgreSQL', databaseUrl, '');

    let amqpUrl = settings.AMQP_URL;
    if (!amqpUrl) {
      const broker = await startBroker({ port: settings.BROKER_PORT });
      stops.push(() => broker.close());
      amqpUrl = broker.url;
    }
    from('RabbitMQ', settings.AMQP_URL, `embedded stand-in, port ${settings.BROKER_PORT}`);
    from('Redis', settings.REDIS_URL, 'none: intake limits attempts by itself');

    let smtpUrl = settings.SMTP_URL;
    let mailWebUrl: string | undefined;
    if (!smtpUrl) {
      const mail = await startMailCatcher({
        smtpPort: settings.MAIL_SMTP_PORT,
        webPort: settings.MAIL_WEB_PORT,
        dataDir: `${settings.MEANDER_LOCAL_DIR}/mail`,
      });
      stops.push(() => mail.stop());
      smtpUrl = mail.smtpUrl;
      mailWebUrl = mail.webUrl;
    }
    from('Mail', settings.SMTP_URL, `embedded catcher, SMTP port ${settings.MAIL_SMTP_PORT}`);
    return { databaseUrl, amqpUrl, redisUrl: settings.REDIS_URL, smtpUrl, mailWebUrl, description, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
