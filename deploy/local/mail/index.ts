import { httpListener, listen, origin, smtpListener } from './listen.ts';
import { createSmtpServer } from './smtp.ts';
import { MailStore } from './store.ts';
import { createWebServer } from './web.ts';

export interface MailCatcherOptions {
  /** 0 for any free one, here and below. */
  smtpPort: number;
  webPort: number;
  /** Messages are kept here; a later start on the same folder finds them. */
  dataDir: string;
  host?: string;
  /** When there are more, the oldest go. */
  maxMessages?: number;
}

export interface MailCatcher {
  /** For example `smtp://127.0.0.1:1025`. */
  smtpUrl: string;
  /** For example `http://127.0.0.1:1080`: a page for people, and JSON at `/messages`. */
  webUrl: string;
  smtpPort: number;
  webPort: number;
  /** Closes both ports and all connections; the messages stay. May be called again. */
  stop(): Promise<void>;
}

/**
 * Takes every mail that is sent to it and delivers none: a stand-in for the relay, with an inbox to look at.
 * Rejects with one line that names the port and the setting when a port is taken.
 */
export async function startMailCatcher(options: MailCatcherOptions): Promise<MailCatcher> {
  const { dataDir, host = '127.0.0.1', maxMessages = 1_000 } = options;
  const store = await MailStore.open(dataDir, maxMessages);
  const smtp = await listen(smtpListener(createSmtpServer(store)), host, options.smtpPort, 'MAIL_SMTP_PORT');
  const smtpUrl = origin('smtp', host, smtp.port);
  try {
    const web = await listen(
      httpListener(createWebServer(store, smtpUrl)),
      host,
      options.webPort,
      'MAIL_WEB_PORT',
    );
    let stopped: Promise<unknown> | undefined;
    return {
      smtpUrl,
      webUrl: origin('http', host, web.port),
      smtpPort: smtp.port,
      webPort: web.port,
      async stop() {
        stopped ??= Promise.all([smtp.close(), web.close()]);
        await stopped;
      },
    };
  } catch (error) {
    await smtp.close();
    throw error;
  }
}
