import { type Locale, lostReasons, parseStatus } from '@meander/lead';
import type { TimelineEntry } from '../handlers/show-timeline.ts';
import { type BoardTexts, boardTexts } from './texts/index.ts';
import { moment } from './times.ts';

type Detail = { label: string; text: string };

/** A name from a list of names; what is not in it, as it stands. */
const named = (names: Readonly<Record<string, string>>, name: unknown) => names[String(name)] ?? String(name);

const statusName = (t: BoardTexts, status: unknown) => {
  const known = parseStatus(status);
  return known ? t.statuses[known] : String(status);
};

function moveDetails(entry: TimelineEntry, t: BoardTexts, locale: Locale): Detail[] {
  const code = lostReasons.find((reason) => reason === entry.reason_code);
  const kroner = new Intl.NumberFormat(locale, { style: 'currency', currency: 'NOK' });
  return [
    ...(code ? [{ label: t.move.reasonCode.replace('?', ''), text: t.lostReasons[code] }] : []),
    ...(entry.value_nok === null || entry.value_nok === undefined
      ? []
      : [{ label: t.lead.happened.value, text: kroner.format(Number(entry.value_nok)) }]),
    ...(typeof entry.reason === 'string' ? [{ label: '', text: entry.reason }] : []),
  ];
}

function editDetails(entry: TimelineEntry, t: BoardTexts): Detail[] {
  const changes = (entry.changes ?? {}) as Record<string, { before: unknown; after: unknown }>;
  return Object.entries(changes).map(([field, { before, after }]) => ({
    label: named(t.fields, field),
    text: `${after ?? t.none} (${t.lead.happened.before}: ${before ?? t.none})`,
  }));
}

function submissionDetails(entry: TimelineEntry, t: BoardTexts): Detail[] {
  const fields = (entry.fields ?? {}) as Record<string, unknown>;
  return Object.entries(fields).flatMap(([field, value]) =>
    typeof value === 'string' && value.trim() !== '' && field in t.fields
      ? [{ label: named(t.fields, field), text: value }]
      : [],
  );
}

function describe(entry: TimelineEntry, t: BoardTexts, locale: Locale) {
  const { happened } = t.lead;
  const person = entry.who.name;
  const byKey = /^(key|user):/.test(entry.who.id);
  switch (entry.kind) {
    case 'submission':
      return {
        title: happened.submission(byKey ? person : null),
        details: submissionDetails(entry, t),
        folded: true,
      };
    case 'edit':
      return { title: happened.edit(byKey ? person : null), details: editDetails(entry, t), folded: false };
    case 'transition': {
      const moved = happened.moved(statusName(t, entry.from_status), statusName(t, entry.to_status));
      return {
        title: person ? `${moved} ${happened.by(person)}` : moved,
        details: moveDetails(entry, t, locale),
        folded: false,
      };
    }
    case 'demo': {
      const when = moment(new Date(String(entry.demo_at)), locale);
      const title = entry.cancelled_at ? happened.demoCancelled(when, person) : happened.demo(when, person);
      return { title, details: [], folded: false };
    }
    case 'retry':
      return {
        title: happened.again(person, named(happened.mail, entry.template)),
        details: [],
        folded: false,
      };
    case 'mail':
      return {
        title: `${named(happened.mail, entry.template)} ${named(happened.mailStates, entry.state)}`,
        details: [],
        folded: false,
      };
  }
}

/** What has happened to a lead in words, the newest first; a change can be put back by its version. */
export function timelineView(
  entries: readonly TimelineEntry[],
  { locale, canWrite }: { locale: Locale; canWrite: boolean },
) {
  const t = boardTexts[locale];
  return entries.toReversed().map((entry) => {
    const { title, details, folded } = describe(entry, t, locale);
    return {
      kind: entry.kind,
      at: entry.at,
      atText: moment(new Date(entry.at), locale),
      title,
      details: folded ? null : details,
      folded: folded && details.length > 0 ? details : null,
      restores: canWrite && entry.kind === 'edit' ? entry.version : null,
    };
  });
}
