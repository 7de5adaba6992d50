import { once } from 'node:events';
import { migrate } from '@meander/database';
import { type Backing, startBacking } from './backing.ts';
import { ensureDevKey } from './dev-key.ts';
import { environmentFile } from './env-file.ts';
import { assertPortsFree } from './ports.ts';
import { createPrinter } from './print.ts';
import { writePrivately } from './private-file.ts';
import { serviceEnvironment } from './service-environment.ts';
import {
  type ServiceName,
  type ServiceProcess,
  serviceNames,
  startServiceProcess,
  untilReady,
} from './service-process.ts';
import type { LocalSettings } from './settings.ts';
import { startPage } from './start-page.ts';

type Stop = () => Promise<void>;

/** The variables that let a service tell the start page what it does, soon enough to be watched. */
const sendingTo = (url: string): NodeJS.ProcessEnv => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_BSP_SCHEDULE_DELAY: '500',
  OTEL_METRIC_EXPORT_INTERVAL: '2000',
});

/** What the start page links and asks. A collector that the environment names gets the traces instead. */
function startPageOptions(settings: LocalSettings, backing: Backing) {
  const at = (port: number) => `http://localhost:${port}`;
  const mail = backing.mailWebUrl;
  return {
    port: settings.START_PORT,
    links: [
      { title: 'Booking form', url: at(settings.INTAKE_PORT), text: 'Book a demo as a visitor' },
      ...(mail ? [{ title: 'Mail', url: mail, text: 'Every mail that was sent here' }] : []),
      { title: 'Sales board', url: `${at(settings.PIPELINE_PORT)}/board`, text: 'Leads by status' },
      {
        title: 'Something is wrong',
        url: '/docs/docs/why-no-mail.md',
        text: 'Why did this lead get no mail?',
      },
      { title: 'Documentation', url: '/docs/', text: 'Problems, metrics, runbooks' },
    ],
    services: Object.fromEntries(
      serviceNames.map((name) => {
        const port = settings[`${name.toUpperCase()}_PORT` as keyof LocalSettings] as number;
        return [name, `http://127.0.0.1:${port}`];
      }),
    ),
    tracesGoTo: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}

function summary(settings: LocalSettings, backing: Backing, key: string, seconds: string): string {
  const at = (port: number) => `http://localhost:${port}`;
  const rows = [
    ['Start page', at(settings.START_PORT)],
    ['Booking form', `${at(settings.INTAKE_PORT)}   or POST /leads`],
    ['Notification', at(settings.NOTIFICATION_PORT)],
    ['Board', `${at(settings.PIPELINE_PORT)}/board   or the API of sales; sign in with the key`],
    ['Mail', backing.mailWebUrl ?? 'goes to the SMTP server of the environment'],
    ['API key', key],
    ['', `(all scopes; also in ${settings.MEANDER_LOCAL_DIR}/api-key)`],
  ];
  const body = rows.map(([name = '', value]) => `  ${name.padEnd(14)}${value}`);
  const parts = backing.description.map((line) => `  ${line}`);
  return [
    '',
    `Meander Leads is ready (${seconds} s).`,
    '',
    ...body,
    '',
    ...parts,
    '',
    '  Stop with Ctrl-C.',
    '',
  ].join('\n');
}

/**
 * Starts everything, prints one block when all is ready, and stops it in the reverse order when `signal`
 * says so or a service ends by itself.
 *
 * @returns the exit code: 0 after a wished-for stop, 1 otherwise
 */
export async function startLocal(settings: LocalSettings, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  const stops: Stop[] = [];
  const wished = signal.aborted ? Promise.resolve() : once(signal, 'abort').then(() => {});
  const publicBaseUrl = settings.PUBLIC_BASE_URL ?? `http://localhost:${settings.INTAKE_PORT}`;
  try {
    await assertPortsFree(settings);
    const backing = await startBacking(settings);
    stops.push(backing.stop);
    await migrate(backing.databaseUrl, settings.DATABASE_CA);
    const key = await ensureDevKey(
      { url: backing.databaseUrl, ca: settings.DATABASE_CA },
      `${settings.MEANDER_LOCAL_DIR}/api-key`,
    );
    writePrivately(
      `${settings.MEANDER_LOCAL_DIR}/env`,
      environmentFile(settings, backing, publicBaseUrl, process.env),
    );

    const page = await startPage(startPageOptions(settings, backing));
    stops.push(page.stop);
    const env = {
      ...serviceEnvironment(settings, backing, publicBaseUrl, process.env),
      ...(settings.OTEL_EXPORTER_OTLP_ENDPOINT ? {} : sendingTo(page.url)),
    };
    const print = createPrinter(process.stdout);
    const services = serviceNames.map((name: ServiceName): ServiceProcess => {
      const port = settings[`${name.toUpperCase()}_PORT` as keyof LocalSettings] as number;
      return startServiceProcess(name, port, env, print);
    });
    stops.push(async () => void (await Promise.all(services.map((service) => service.stop()))));
    await Promise.race([Promise.all(services.map(untilReady)), wished]);
    if (signal.aborted) return 0;
    process.stdout.write(
      `${summary(settings, backing, key, ((performance.now() - began) / 1000).toFixed(1))}\n`,
    );

    const unwished = await Promise.race([wished, ...services.map((service) => service.ended)]);
    if (typeof unwished !== 'string' || signal.aborted) return 0;
    process.stderr.write(`${unwished}; stopping the rest.\n`);
    return 1;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
