import { createServer } from 'node:net';
import { listenError } from '@meander/runtime';
import type { LocalSettings } from './settings.ts';

/** Listens there for a moment. */
function tryPort(port: number, variable: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const host = '127.0.0.1';
    const probe = createServer();
    probe.once('error', (error) => reject(listenError(error, { host, port, variable })));
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

/**
 * Looks at every port before anything is started, so that a taken one is one clear line and nothing else.
 * The embedded PostgreSQL is not among them: one that is still running from a killed start is taken over. Nor are
 * the ports of metrics: the services move to free ones by themselves.
 *
 * @throws ListenError
 */
export async function assertPortsFree(settings: LocalSettings): Promise<void> {
  const wanted: (keyof LocalSettings)[] = ['INTAKE_PORT', 'NOTIFICATION_PORT', 'PIPELINE_PORT', 'START_PORT'];
  if (!settings.AMQP_URL) wanted.push('BROKER_PORT');
  if (!settings.SMTP_URL) wanted.push('MAIL_WEB_PORT', 'MAIL_SMTP_PORT');
  for (const name of wanted) await tryPort(settings[name] as number, name);
}
