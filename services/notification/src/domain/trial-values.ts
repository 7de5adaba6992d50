import { limits } from '@meander/lead';
import { inertText } from './inert-text.ts';
import type { MailValues } from './mail.ts';

/** `piece` as often as it fits into `most` characters: no space in it to break a line at. */
const filled = (piece: string, most: number) => piece.repeat(Math.floor(most / [...piece].length));

/** Only what is required (a mail must read well without the rest). */
export const fewestValues: MailValues = {
  first_name: 'Kari',
  last_name: 'Moe',
  organization_name: 'Moe AS',
  role_title: 'Koordinator',
  email: 'kari@example.com',
  phone: null,
  organization_size: null,
  current_solution: null,
  preferred_demo_timing: null,
  notes: null,
  booking_count: 1,
  is_known: false,
  reference: 'A'.repeat(22),
  confirmation_url: `https://example.com/confirmation/${'A'.repeat(22)}`,
  can_reply: false,
  demo: { when: 'fredag', minutes: 45, location: null, url: null, changed: false },
};

/** Every field as long as it may be, of signs that grow when they are escaped or made inert. */
const longest = (piece: string): MailValues => ({
  ...fewestValues,
  first_name: filled(piece, limits.name),
  last_name: filled(piece, limits.name),
  organization_name: filled(piece, limits.organizationName),
  role_title: filled(piece, limits.roleTitle),
  email: `${'k'.repeat(64)}@${'e'.repeat(60)}.example.com`,
  phone: '+4740612345',
  organization_size: '201-1000',
  current_solution: filled(piece, limits.currentSolution),
  preferred_demo_timing: filled(piece, limits.preferredDemoTiming),
  notes: filled(piece, limits.notes),
  booking_count: 99,
  is_known: true,
  can_reply: true,
  demo: {
    when: 'fredag 26. mars 2027 kl. 13:00 (norsk tid)',
    minutes: 480,
    location: filled(piece, limits.demoLocation),
    url: `https://example.com/${'m'.repeat(150)}`,
    changed: true,
  },
});

/** With these every template is tried at the start. */
export const trials: readonly MailValues[] = [
  fewestValues,
  longest('<img src=x>&"\'`='),
  longest('{{constructor.constructor}}{{> layout}}'),
  longest('"'),
  longest('𝒦'),
  longest('a\nb'),
  longest(inertText(filled('w.ww', 4))),
  { ...longest('N'), notes: inertText(`a.bb${'.'.repeat(limits.notes - 4)}`), can_reply: false },
].map((values) => ({
  ...values,
  // One line stays one line, as it does on the way in.
  ...Object.fromEntries(
    (['first_name', 'last_name', 'organization_name', 'role_title', 'preferred_demo_timing'] as const).map(
      (field) => [field, values[field] === null ? null : inertText(values[field] ?? '')],
    ),
  ),
}));
