import { type FieldError, lostReasons } from '@meander/lead';
import type { Lead } from '../domain/lead.ts';
import type { ScheduledDemo } from '../handlers/schedule-demo.ts';
import type { Session } from '../handlers/sign-in.ts';
import { nameOf } from './card.ts';
import { shell } from './shell.ts';
import { templates } from './templates.ts';
import { boardTexts } from './texts/index.ts';
import { moment } from './times.ts';

const render = templates.compile<object>('move');

/** The moves that are asked about before they are made: nothing leads back from them. */
export type FinalMove = 'converted' | 'lost';

export interface MovePageState {
  session: Session;
  lead: Lead;
  to: FinalMove;
  /** A demo that lies ahead, which a loss calls off. */
  demo: ScheduledDemo | undefined;
  typed?: Readonly<Record<string, unknown>>;
  errors?: readonly FieldError[];
}

/** The page that asks before a final move; the board shows its form as a dialog. */
export function movePage({ session, lead, to, demo, typed = {}, errors = [] }: MovePageState): string {
  const t = boardTexts[session.locale];
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message ?? null;
  const here = `/board/leads/${lead.id}`;
  return render({
    ...shell(session, { title: t.move.title[to], page: null, here }),
    who: nameOf(lead),
    organization: lead.organization_name,
    status: lead.status,
    to,
    lostToo: to === 'lost' && demo ? t.demo.lostToo(moment(demo.demo.at, session.locale)) : null,
    submit: t.move.submit[to],
    reasons:
      to === 'lost'
        ? lostReasons.map((code) => ({
            code,
            label: t.lostReasons[code],
            selected: code === typed.reason_code,
          }))
        : null,
    reason: String(typed.reason ?? ''),
    value: String(typed.value_nok ?? ''),
    faults: {
      reason_code: errorOf('reason_code'),
      reason: errorOf('reason'),
      value_nok: errorOf('value_nok'),
    },
  });
}
