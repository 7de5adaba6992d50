import { isMaskedRef, type Locale, normalizeEmail, parseLocale } from '@meander/lead';

export interface ConfirmationRecord {
  /** As stored, or as typed for a submission in quarantine. */
  email: string;
  receivedAt: Date;
  locale: string | null;
  sentAt: Date | null;
  /** The newest confirmation's state, or null before there is one. */
  deliveryState: 'pending' | 'sending' | 'sent' | 'retrying' | 'failed' | 'suppressed' | null;
  /** When the newest booking's confirmation was asked for once more, or null. */
  askedAgainAt: Date | null;
  /** When the newest confirmation's delivery was made, or null before there is one. */
  newestMailAt: Date | null;
  /** When this was read, by the clock of the times above. */
  readAt: Date;
}

export interface ConfirmationStore {
  find(maskedRef: string): Promise<ConfirmationRecord | undefined>;
}

/** What the holder of a confirmation link may see: no name, no id, a hint of the address. */
export interface Confirmation {
  state: 'pending' | 'sent' | 'failed';
  email_hint: string;
  received_at: string;
}

/** What the page tells of the mail, in more words than the API has: the others are each a case of those. */
export type MailWords = Confirmation['state'] | 'waiting' | 'delayed' | 'suppressed';

/** What the page shows besides. */
export interface ConfirmationDetail extends Confirmation {
  locale: Locale | null;
  mail: MailWords;
  /** Whether the confirmation has been asked for once more. */
  askedAgain: boolean;
  /** Whether it can be. */
  mayAskAgain: boolean;
}

/** `kari@example.no` → `k•••@example.no` */
export function emailHint(typed: string): string {
  const normalized = normalizeEmail(typed);
  const email = normalized.ok ? normalized.email : typed;
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}•••${email.slice(at)}`;
}

/** Between the click and the new delivery the event is on its way: until then the earlier mail says nothing. */
const isUnderway = ({ askedAgainAt, newestMailAt }: ConfirmationRecord) =>
  askedAgainAt !== null && (newestMailAt === null || newestMailAt < askedAgainAt);

/** Sent within seconds as a rule; after so many milliseconds "right now" is not true any more. */
const rightNow = 15 * 60_000;

/**
 * A mail that nobody has tried yet. Where it takes long, sending is paused, or the submission is in quarantine until
 * somebody has looked at it: one answer for both, which is true of each.
 */
function untried({ askedAgainAt, receivedAt, readAt }: ConfirmationRecord): MailWords {
  return readAt.getTime() - (askedAgainAt ?? receivedAt).getTime() > rightNow ? 'waiting' : 'pending';
}

function mailWords(record: ConfirmationRecord): MailWords {
  if (isUnderway(record)) return untried(record);
  switch (record.deliveryState) {
    case 'sent':
    case 'failed':
    case 'suppressed':
      return record.deliveryState;
    case 'retrying':
      return 'delayed';
    default:
      return untried(record);
  }
}

/**
 * A suppressed mail (one more booking within a day) counts as sent if any was: the person has it. If none was,
 * none will be.
 */
function mailState(words: MailWords, { sentAt }: ConfirmationRecord): Confirmation['state'] {
  if (words === 'suppressed') return sentAt ? 'sent' : 'failed';
  return words === 'delayed' || words === 'waiting' ? 'pending' : words;
}

/**
 * Whether asking once more makes sense: the newest mail has left us or has failed, and nobody has asked for
 * this booking. One that is still on its way would only come twice; a suppressed one would be so again.
 */
export function mayAskAgain(record: ConfirmationRecord): boolean {
  const words = mailWords(record);
  return record.askedAgainAt === null && (words === 'sent' || words === 'failed');
}

/** Finds what the confirmation page shows, or undefined for an unknown reference. */
export async function showConfirmation(
  confirmations: ConfirmationStore,
  maskedRef: string,
): Promise<ConfirmationDetail | undefined> {
  // A reference of another shape is looked up all the same, so that it takes the same time.
  const record = await confirmations.find(isMaskedRef(maskedRef) ? maskedRef : '');
  if (!record) return undefined;
  const mail = mailWords(record);
  return {
    state: mailState(mail, record),
    mail,
    askedAgain: record.askedAgainAt !== null,
    mayAskAgain: mayAskAgain(record),
    email_hint: emailHint(record.email),
    received_at: record.receivedAt.toISOString(),
    locale: parseLocale(record.locale) ?? null,
  };
}
