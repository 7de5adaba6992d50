import type { FailedMail } from '../handlers/list-failed-mails.ts';
import type { Session } from '../handlers/sign-in.ts';
import { nameOf } from './card.ts';
import { shell } from './shell.ts';
import { templates } from './templates.ts';
import { boardTexts } from './texts/index.ts';
import { moment } from './times.ts';

const render = templates.compile<object>('mails');

/** The mails that could not be delivered, and the leads that they were for. */
export function mailsPage(session: Session, mails: readonly FailedMail[], nextCursor: string | null): string {
  const t = boardTexts[session.locale];
  const here = '/board/mails';
  const kinds: Readonly<Record<string, string>> = t.lead.happened.mail;
  return render({
    ...shell(session, { title: t.mails.title, page: 'mails', here }),
    mails: mails.map((mail) => ({
      href: `/board/leads/${mail.lead_id}`,
      name: nameOf(mail),
      organization: mail.organization_name,
      kind: kinds[mail.template] ?? mail.template,
      failed: mail.failed_at.toISOString(),
      failedText: moment(mail.failed_at, session.locale),
      attempts: mail.attempts,
      answer: mail.last_response_code ?? t.none,
    })),
    more: nextCursor && `${here}?${new URLSearchParams({ cursor: nextCursor })}`,
  });
}
