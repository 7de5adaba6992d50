/** Where the people of sales read their clocks. */
const timeZone = 'Europe/Oslo';

const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });

/** A moment as a clock on the wall in Oslo shows it: `2027-03-26T13:00`, as a form's field for date and time holds it. */
export const toWallClock = (moment: Date): string => clock.format(moment).replace(' ', 'T');

/**
 * The moment that a wall clock in Oslo shows, or undefined for what is no such text, or an hour that the change to
 * summer time leaves out. Of the hour that there is twice in autumn it is the first.
 */
export function fromWallClock(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return undefined;
  const asUtc = Date.parse(`${text}:00Z`);
  if (Number.isNaN(asUtc)) return undefined;
  // Summer time first: it is the earlier one where both fit.
  return [2, 1]
    .map((hours) => new Date(asUtc - hours * 3_600_000))
    .find((moment) => toWallClock(moment) === text);
}
