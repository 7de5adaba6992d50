import {
  allowedTransitions,
  defaultDemoMinutes,
  type FieldError,
  limits,
  type TransitionPolicy,
} from '@meander/lead';
import type { Lead } from '../domain/lead.ts';
import { toWallClock } from '../domain/wall-clock.ts';
import type { ScheduledDemo } from '../handlers/schedule-demo.ts';
import type { Session } from '../handlers/sign-in.ts';
import { boardTexts } from './texts/index.ts';
import { longMoment } from './times.ts';

export interface DemoViewState {
  session: Session;
  lead: Lead;
  policy: TransitionPolicy;
  demo: ScheduledDemo | undefined;
  /** A time that was not taken: what was typed, and what is wrong with it. */
  demoForm?: { typed: Readonly<Record<string, unknown>>; errors: readonly FieldError[] } | undefined;
}

/** Sales typed it, so an address of a meeting may be opened. */
const isAddress = (text: string) => /^https?:\/\/[^\s<>"]+$/i.test(text) && URL.canParse(text);

/** The demo on a lead's page: as it stands, and the forms that set it or call it off. Null where neither is for now. */
export function demoView({ session, lead, policy, demo, demoForm }: DemoViewState) {
  const t = boardTexts[session.locale];
  const isScheduled = lead.status === 'demo_scheduled';
  const canSet =
    session.scopes.includes('leads:write') &&
    (isScheduled || allowedTransitions(lead.status, policy).includes('demo_scheduled'));
  if (!canSet && !demo) return null;
  const at = demo?.demo;
  const value = (name: string, standing: string) => String(demoForm?.typed[name] ?? standing);
  const errorOf = (name: string) => demoForm?.errors.find(({ field }) => field === name)?.message ?? null;
  const faulty = (demoForm?.errors ?? []).map(({ field, message }) => ({
    name: field,
    label: t.demo.fields[field as keyof typeof t.demo.fields] ?? field,
    error: message,
  }));
  return {
    standing: at
      ? {
          when: longMoment(at.at, session.locale),
          at: at.at.toISOString(),
          minutes: t.demo.minutes(at.minutes),
          location: at.location,
          href: at.location !== null && isAddress(at.location) ? at.location : null,
        }
      : null,
    seen: demo?.sequence ?? '',
    canSet,
    canCancel: canSet && isScheduled && demo !== undefined,
    open: demoForm !== undefined || (isScheduled && !demo),
    summary: demo ? t.demo.change : t.demo.set,
    submit: isScheduled ? t.demo.save : t.demo.saveAndMove(t.statuses.demo_scheduled),
    told: t.demo.told(lead.first_name),
    cancelTold: t.demo.cancelTold(lead.first_name),
    mostMinutes: limits.demoMinutes.most,
    leastMinutes: limits.demoMinutes.least,
    longestLocation: limits.demoLocation,
    values: {
      at: value('demo_at', at ? toWallClock(at.at) : ''),
      minutes: value('demo_minutes', String(at?.minutes ?? defaultDemoMinutes)),
      location: value('demo_location', at?.location ?? ''),
    },
    faults: { at: errorOf('demo_at'), minutes: errorOf('demo_minutes'), location: errorOf('demo_location') },
    faulty: faulty.length > 0 ? faulty : null,
  };
}
