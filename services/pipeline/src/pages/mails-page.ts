import type { FailedMail, FailedReason } from '../handlers/list-failed-mails.ts';
import type { Session } from '../handlers/sign-in.ts';
import { nameOf } from './card.ts';
import { type Notice, shell } from './shell.ts';
import { templates } from './templates.ts';
import { boardTexts } from './texts/index.ts';
import { moment } from './times.ts';

const render = templates.compile<object>('mails');

export interface MailsPageState {
  session: Session;
  mails: readonly FailedMail[];
  reasons: readonly FailedReason[];
  nextCursor: string | null;
  notice: Notice | null;
}

/** The mails that could not be delivered, the leads that they were for, and the way to send them again. */
export function mailsPage({ session, mails, reasons, nextCursor, notice }: MailsPageState): string {
  const t = boardTexts[session.locale];
  const canWrite = session.scopes.includes('leads:write');
  const here = '/board/mails';
  const kinds: Readonly<Record<string, string>> = t.lead.happened.mail;
  return render({
    ...shell(session, { title: t.mails.title, page: 'mails', here, notice }),
    canWrite,
    // One alone has its own button.
    together: reasons
      .filter(({ count }) => canWrite && count > 1)
      .map(({ last_response_code: code, count }) => ({
        code: code ?? '',
        text: code === null ? t.mails.allSilent(count) : t.mails.allAnswered(count, code),
      })),
    mails: mails.map((mail) => ({
      id: mail.id,
      asked: mail.asked_at && t.mails.asked(moment(mail.asked_at, session.locale)),
      againWhom: t.mails.againWhom(nameOf(mail)),
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
