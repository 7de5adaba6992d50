import type { NotificationConfig } from '@meander/notification/config';
import { askRelay, type PauseReason, tryTemplates } from '@meander/notification/doctor';
import { type Finding, findingsOf, placeOf } from '../finding.ts';

const { ok, fault } = findingsOf('mail');

const advice: Readonly<Record<PauseReason, [says: string, mend: string]>> = {
  away: [
    'does not answer, or is not able to take mail.',
    'Start it, or mend the host and the port in SMTP_URL.',
  ],
  refused: ['refuses us.', 'Let it take mail from this machine; look at MAIL_FROM.'],
  login: ['refuses our login.', 'Set the right user and password in SMTP_URL.'],
  tls: [
    'cannot be trusted: TLS fails.',
    'See "certificates" below; a smtps:// port must speak TLS, others STARTTLS.',
  ],
  dns: ['has a name without an address.', 'Mend the host in SMTP_URL, or the DNS.'],
};

/** Connects, TLS and login included, and sends nothing. */
export async function checkRelay({ SMTP_URL, SMTP_CA, MAIL_FROM }: NotificationConfig): Promise<Finding[]> {
  const place = placeOf(SMTP_URL);
  const outcome = await askRelay({ smtpUrl: SMTP_URL, ca: SMTP_CA }, MAIL_FROM);
  if (!outcome) return [ok(`The mail server at ${place} takes us.`)];
  const [says, mend] = advice[outcome.pauses ?? 'away'];
  const code = outcome.code === null ? '' : ` It answered ${outcome.code}.`;
  return [fault(`The mail server at ${place} ${says}${code}`, mend)];
}

/** Every mail in every language. */
export async function checkTemplates(): Promise<Finding[]> {
  const { ok: fine, fault: broken } = findingsOf('templates');
  try {
    const tried = tryTemplates().map(({ template, locale }) => `${template} (${locale})`);
    return [fine(`Every mail can be made: ${tried.join(', ')}.`)];
  } catch (error) {
    const says = error instanceof Error ? error.message : 'A mail template is broken.';
    return [
      broken(says, 'Mend it in services/notification/src/templates: notification does not start with it.'),
    ];
  }
}
