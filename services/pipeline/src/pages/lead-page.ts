import {
  contactFieldNames,
  type FieldError,
  isFinal,
  limits,
  organizationSizes,
  requiredContactFieldNames,
} from '@meander/lead';
import type { Lead } from '../domain/lead.ts';
import type { TimelineEntry } from '../handlers/show-timeline.ts';
import type { Session } from '../handlers/sign-in.ts';
import { movesOf, nameOf } from './card.ts';
import { type DemoViewState, demoView } from './demo-view.ts';
import { type Notice, shell } from './shell.ts';
import { templates } from './templates.ts';
import { type BoardTexts, boardTexts } from './texts/index.ts';
import { timelineView } from './timeline-view.ts';
import { moment } from './times.ts';

const render = templates.compile<object>('lead');

export interface LeadPageState extends DemoViewState {
  timeline: readonly TimelineEntry[];
  notice: Notice | null;
  /** An erasure that was sent without its check mark. */
  eraseUnconfirmed?: boolean;
  /** A correction that was not saved: what was typed, and what is wrong with it. */
  correction?: { typed: Readonly<Record<string, unknown>>; errors: readonly FieldError[] };
}

/** The contact fields that sales may correct. */
export const correctable = contactFieldNames.filter((name) => name !== 'email');

const multiline: Readonly<Record<string, number>> = { current_solution: 2, notes: 5 };
const longest: Readonly<Record<string, number>> = {
  first_name: limits.name,
  last_name: limits.name,
  phone: limits.phone,
  organization_name: limits.organizationName,
  role_title: limits.roleTitle,
  current_solution: limits.currentSolution,
  preferred_demo_timing: limits.preferredDemoTiming,
  notes: limits.notes,
};

function factsOf(lead: Lead, t: BoardTexts, { locale }: Session) {
  const texts: Record<string, string | null> = {
    ...Object.fromEntries(contactFieldNames.map((name) => [name, lead[name]])),
    organization_size: lead.organization_size && t.people(lead.organization_size),
    locale: lead.locale && t.languages[lead.locale],
    source: t.sources[lead.source],
    created_at: moment(lead.created_at, locale),
    booking_count: String(lead.booking_count),
    last_booked_at: lead.booking_count > 1 ? moment(lead.last_booked_at, locale) : null,
    confirmation_sent_at: lead.confirmation_sent_at && moment(lead.confirmation_sent_at, locale),
    masked_ref: lead.masked_ref,
  };
  const links: Record<string, string | null> = {
    email: `mailto:${lead.email}`,
    phone: /^\+\d+$/.test(lead.phone ?? '') ? `tel:${lead.phone}` : null,
  };
  return Object.entries(texts)
    .filter(([name, text]) => text !== null && name !== 'first_name' && name !== 'last_name')
    .map(([name, text]) => ({
      label: t.fields[name as keyof typeof t.fields],
      text,
      href: links[name] ?? null,
      lines: name in multiline,
    }));
}

function editFields(lead: Lead, t: BoardTexts, correction: LeadPageState['correction']) {
  return correctable.map((name) => {
    const value = String(correction?.typed[name] ?? lead[name] ?? '');
    return {
      name,
      label: t.fields[name],
      value,
      rows: multiline[name] ?? null,
      max: longest[name] ?? null,
      required: (requiredContactFieldNames as readonly string[]).includes(name),
      choices:
        name === 'organization_size'
          ? organizationSizes.map((size) => ({ size, label: t.people(size), selected: size === value }))
          : null,
      error: correction?.errors.find(({ field }) => field === name)?.message ?? null,
    };
  });
}

/** A lead's page: where it is and where it can go, who it is, what has happened. */
export function leadPage(state: LeadPageState): string {
  const { session, lead, timeline, policy, notice, correction } = state;
  const { locale } = session;
  const t = boardTexts[locale];
  const canWrite = session.scopes.includes('leads:write');
  const here = `/board/leads/${lead.id}`;
  const moves = movesOf(lead, { locale, policy, canMove: canWrite });
  const fields = editFields(lead, t, correction);
  const faulty = fields.filter(({ error }) => error !== null);
  return render({
    ...shell(session, { title: nameOf(lead), page: null, here, notice }),
    id: lead.id,
    version: lead.version,
    status: lead.status,
    statusName: t.statuses[lead.status],
    organization: lead.organization_name,
    moves: moves.length > 0 ? moves : null,
    isFinal: isFinal(lead.status),
    canWrite,
    canErase: session.scopes.includes('leads:erase'),
    erasing: state.eraseUnconfirmed ?? false,
    eraseWhom: t.erase.whom(nameOf(lead)),
    demo: demoView(state),
    demoTyped: state.demoForm !== undefined,
    facts: factsOf(lead, t, session),
    fields,
    faulty: faulty.length > 0 ? faulty : null,
    editing: correction !== undefined,
    timeline: timelineView(timeline, { locale, canWrite }),
  });
}
