import { contactFieldNames } from '@meander/lead';
import type { QuarantinedSubmission } from '../domain/quarantined.ts';
import type { Session } from '../handlers/sign-in.ts';
import { type Notice, shell } from './shell.ts';
import { templates } from './templates.ts';
import { type BoardTexts, boardTexts } from './texts/index.ts';
import { moment } from './times.ts';

const render = templates.compile<object>('quarantine');

function heldView(held: QuarantinedSubmission, t: BoardTexts, { locale }: Session) {
  const text = (name: string) => (typeof held.fields[name] === 'string' ? (held.fields[name] as string) : '');
  const name = `${text('first_name')} ${text('last_name')}`.trim() || t.none;
  return {
    id: held.id,
    name,
    organization: text('organization_name'),
    received: held.received_at.toISOString(),
    receivedText: moment(held.received_at, locale),
    reason: t.quarantine.reasons[held.reason as keyof typeof t.quarantine.reasons] ?? held.reason,
    typed: contactFieldNames
      .filter((field) => text(field).trim() !== '')
      .map((field) => ({ label: t.fields[field], text: text(field) })),
    releaseWhom: t.quarantine.releaseWhom(name),
  };
}

/** The suspect submissions that wait, each with what was typed: that is what tells a person from a program. */
export function quarantinePage({
  session,
  held,
  nextCursor,
  notice,
}: {
  session: Session;
  held: readonly QuarantinedSubmission[];
  nextCursor: string | null;
  notice: Notice | null;
}): string {
  const t = boardTexts[session.locale];
  const here = '/board/quarantine';
  return render({
    ...shell(session, { title: t.quarantine.title, page: 'quarantine', here, notice }),
    canWrite: session.scopes.includes('leads:write'),
    held: held.map((one) => heldView(one, t, session)),
    more: nextCursor && `${here}?${new URLSearchParams({ cursor: nextCursor })}`,
  });
}
