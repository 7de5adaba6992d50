import { deriveSigningKey } from '@meander/synthetic';
import { checkBroker } from './checks/broker.ts';
import { checkCertificates } from './checks/certificates.ts';
import { checkDatabase } from './checks/database.ts';
import { checkDns } from './checks/dns.ts';
import { checkJourney } from './checks/journey.ts';
import { checkRelay, checkTemplates } from './checks/mail.ts';
import { checkProxies } from './checks/proxies.ts';
import { checkRedis } from './checks/redis.ts';
import { checkServices } from './checks/services.ts';
import type { DoctorConfig } from './config.ts';
import { type Finding, findingsOf } from './finding.ts';

/** How long the mail of the made-up booking may take, in milliseconds; the objective says a minute. */
const patience = 60_000;

/** A check that fails in a way that it does not know is a finding too: the others go on. */
const guarded = (check: string, looking: Promise<Finding[]>) =>
  looking.catch((error: unknown) => [
    findingsOf(check).fault(
      `This could not be looked at (${error instanceof Error ? error.name : 'unknown'}).`,
      'Run it again; if it stays, it is a fault of the doctor.',
    ),
  ]);

/**
 * Looks at every part of the way, all at once, and then books a made-up lead. Changes nothing but that lead, which it
 * takes away again.
 */
export async function examine(
  { intake, notification, pipeline, settings }: DoctorConfig,
  { book, signal }: { book: boolean; signal: AbortSignal },
): Promise<Finding[]> {
  const key = intake.FORM_SIGNING_KEY ?? deriveSigningKey(intake.DATABASE_URL);
  const baseUrl = intake.PUBLIC_BASE_URL;
  const at = (port: number) => `http://${intake.HOST === '0.0.0.0' ? '127.0.0.1' : intake.HOST}:${port}`;
  const looks = await Promise.all([
    guarded('database', checkDatabase({ url: intake.DATABASE_URL, ca: intake.DATABASE_CA })),
    guarded('broker', checkBroker({ url: intake.AMQP_URL, ca: intake.AMQP_CA }, intake.AMQP_NAME_PREFIX)),
    guarded('redis', checkRedis(intake.REDIS_URL, intake.REDIS_CA, intake.REDIS_KEY_PREFIX)),
    guarded('mail', checkRelay(notification)),
    guarded('dns', checkDns(notification, settings.DOCTOR_DNS_SERVERS)),
    guarded(
      'services',
      checkServices({
        intake: settings.INTAKE_URL ?? at(intake.INTAKE_PORT),
        notification: settings.NOTIFICATION_URL ?? at(notification.NOTIFICATION_PORT),
        pipeline: settings.PIPELINE_URL ?? at(pipeline.PIPELINE_PORT),
      }),
    ),
    guarded('proxies', checkProxies({ baseUrl, key, trusted: intake.TRUSTED_PROXIES })),
    guarded(
      'certificates',
      checkCertificates({
        PUBLIC_BASE_URL: baseUrl,
        SMTP_URL: notification.SMTP_URL,
        AMQP_URL: intake.AMQP_URL,
        REDIS_URL: intake.REDIS_URL,
      }),
    ),
  ]);
  const journey = book
    ? await guarded(
        'journey',
        checkJourney({
          baseUrl,
          key,
          database: { url: intake.DATABASE_URL, ca: intake.DATABASE_CA },
          patience,
          signal,
        }),
      )
    : [];
  // Alone, because rendering holds up everything else: an answer that waits meanwhile would seem late.
  const templates = await guarded('templates', checkTemplates());
  const findings = [...looks.flat(), ...templates, ...journey];
  // The clocks were read by several checks, and are one subject.
  return [
    ...findings.filter(({ check }) => check !== 'clocks'),
    ...findings.filter(({ check }) => check === 'clocks'),
  ];
}
