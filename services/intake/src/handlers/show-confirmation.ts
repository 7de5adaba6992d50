import { isMaskedRef, type Locale, normalizeEmail, parseLocale } from '@meander/lead';

export interface ConfirmationRecord {
  /** As stored, or as typed for a submission in quarantine. */
  email: string;
  receivedAt: Date;
  locale: string | null;
  sentAt: Date | null;
  /** The newest confirmation's state, or null before there is one. */
  deliveryState: 'pending' | 'sending' | 'sent' | 'retrying' | 'failed' | 'suppressed' | null;
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

/** `kari@example.no` → `k•••@example.no` */
export function emailHint(typed: string): string {
  const normalized = normalizeEmail(typed);
  const email = normalized.ok ? normalized.email : typed;
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}•••${email.slice(at)}`;
}

/** A suppressed mail (one more booking within a day) counts as sent if any was: the person has it. */
function mailState({ deliveryState, sentAt }: ConfirmationRecord): Confirmation['state'] {
  if (deliveryState === 'sent' || (deliveryState === 'suppressed' && sentAt)) return 'sent';
  return deliveryState === 'failed' ? 'failed' : 'pending';
}

/** Finds what the confirmation page shows, or undefined for an unknown reference. */
export async function showConfirmation(
  confirmations: ConfirmationStore,
  maskedRef: string,
): Promise<(Confirmation & { locale: Locale | null }) | undefined> {
  // A reference of another shape is looked up all the same, so that it takes the same time.
  const record = await confirmations.find(isMaskedRef(maskedRef) ? maskedRef : '');
  if (!record) return undefined;
  return {
    state: mailState(record),
    email_hint: emailHint(record.email),
    received_at: record.receivedAt.toISOString(),
    locale: parseLocale(record.locale) ?? null,
  };
}
