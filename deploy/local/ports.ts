import { createServer } from 'node:net';
import { PortTakenError } from '@meander/runtime';
import type { LocalSettings } from './settings.ts';

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/**
 * Looks at every port before anything is started, so that a taken one is one clear line and nothing else.
 * The embedded PostgreSQL is not among them: one that is still running from a killed start is taken over. Nor are
 * the ports of metrics: the services move to free ones by themselves.
 *
 * @throws PortTakenError
 */
export async function assertPortsFree(settings: LocalSettings): Promise<void> {
  const wanted: (keyof LocalSettings)[] = ['INTAKE_PORT', 'NOTIFICATION_PORT', 'PIPELINE_PORT', 'START_PORT'];
  if (!settings.AMQP_URL) wanted.push('BROKER_PORT');
  if (!settings.SMTP_URL) wanted.push('MAIL_WEB_PORT', 'MAIL_SMTP_PORT');
  for (const name of wanted) {
    const port = settings[name] as number;
    if (!(await isFree(port))) throw new PortTakenError('127.0.0.1', port, name);
  }
}
