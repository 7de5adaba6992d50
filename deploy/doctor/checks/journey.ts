import { type DatabaseAccess, openDatabase } from '@meander/runtime';
import { abandonedAfterSeconds, bookSynthetic, type Journey, removeSynthetic } from '@meander/synthetic';
import { type Finding, findingsOf } from '../finding.ts';

const { ok, note, fault } = findingsOf('journey');

function judge({ outcome, seconds, status }: Journey): Finding {
  switch (outcome) {
    case 'arrived':
      return ok(`A made-up booking went from the form to the mail server in ${seconds.toFixed(1)} s.`);
    case 'unreachable':
      return fault(
        'A made-up booking could not be posted: intake does not answer at PUBLIC_BASE_URL.',
        'See "proxies" above.',
      );
    case 'refused':
      return fault(
        `A made-up booking was answered with ${status}.`,
        'docs/runbooks/booking-budget-burns.md; the log line of intake says why.',
      );
    case 'unrecognised':
      return fault('Intake does not recognise the doctor, so nothing was booked.', 'See "proxies" above.');
    case 'no_mail':
      return fault(
        `A made-up booking was accepted, and its mail had not left after ${Math.round(seconds)} s.`,
        'docs/why-no-mail.md names the stations of the way; see "broker", "services" and "mail" above.',
      );
    case 'mail_refused':
      return fault(
        'The mail server refuses the mail of a made-up booking for good.',
        'Set DOCTOR_EMAIL to a mailbox of yours that takes mail (without it, the address of MAIL_FROM must).',
      );
  }
}

/** Books a made-up lead the visitor's way, follows its mail, and takes it away again, whatever happened. */
export async function checkJourney({
  baseUrl,
  key,
  database,
  patience,
  signal,
}: {
  baseUrl: string;
  key: string;
  database: DatabaseAccess;
  patience: number;
  signal: AbortSignal;
}): Promise<Finding[]> {
  const db = openDatabase({
    ...database,
    role: 'meander_intake',
    poolSize: 1,
    applicationName: 'meander-doctor',
  });
  const findings: Finding[] = [];
  try {
    const leftBehind = await removeSynthetic(db, { olderThanSeconds: abandonedAfterSeconds }).catch(() => 0);
    if (leftBehind > 0)
      findings.push(note(`${leftBehind} made-up leads of an earlier run were left behind; removed.`));
    const journey = await bookSynthetic({ baseUrl, key, patience, signal });
    findings.push(judge(journey));
    if (journey.booked) {
      await removeSynthetic(db, journey.booked).then(
        () => findings.push(ok('It was removed again, and sales has seen nothing of it.')),
        () =>
          findings.push(
            note('It could not be removed here.', 'Intake takes it away by itself within minutes.'),
          ),
      );
    }
    return findings;
  } finally {
    await db.destroy();
  }
}
