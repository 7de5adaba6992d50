/** What the doctor asks of notification: whether the relay takes us, and whether every mail can be made. */
import { type Locale, locales } from '@meander/lead';
import { createMailer } from './adapters/mailer.ts';
import { createRenderer } from './adapters/templates.ts';
import { templates } from './domain/delivery.ts';
import type { Mailbox } from './domain/mail-from.ts';
import type { Outcome } from './domain/outcome.ts';
import { trials } from './domain/trial-values.ts';

export type { Outcome, PauseReason } from './domain/outcome.ts';

/**
 * Opens a session with the relay, TLS and login included, and sends nothing. Undefined where it would take mail;
 * else the judgement that notification itself would come to.
 */
export async function askRelay(
  { smtpUrl, ca }: { smtpUrl: string; ca: string | undefined },
  from: Mailbox,
): Promise<Outcome | undefined> {
  const patience = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 8_000 };
  const mailer = createMailer({ smtpUrl, connections: 1, ca, from, deadlines: patience });
  try {
    return await mailer.probe();
  } finally {
    mailer.close();
  }
}

/**
 * Renders every mail in every language with the nastiest values, and tells which they were.
 *
 * @throws TemplateError that names the broken one
 */
export function tryTemplates(): { template: string; locale: Locale }[] {
  const render = createRenderer();
  return templates.flatMap((template) =>
    locales.map((locale) => {
      for (const values of trials) render(template, locale, values);
      return { template, locale };
    }),
  );
}
