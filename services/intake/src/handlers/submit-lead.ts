import { urlBelow } from '@meander/lead';
import type { Receipt, Submission } from '../domain/submission.ts';
import type { Suspicion } from '../domain/suspicion.ts';

/** What the store tells: accepted now or before (same key, same body), or a key used for another body. */
export type Acceptance = { ok: true; receipt: Receipt } | { ok: false; reason: 'idempotency-key-reused' };

/** Keeps submissions. One call is one transaction: lead, submission and event, or nothing. */
export interface SubmissionStore {
  accept(submission: Submission): Promise<Acceptance>;
}

export interface SubmitNeeds {
  submissions: SubmissionStore;
  quarantine: Quarantine;
  /** Where the confirmation page is seen from outside. */
  publicBaseUrl: string;
}

/** What the visitor is told; the same for a new and for a known email, so that it gives nobody away. */
export interface Accepted {
  masked_ref: string;
  confirmation_url: string;
  received_at: string;
}

/** The address of the confirmation page, on the public site whatever Host the request named. */
export function confirmationUrl(publicBaseUrl: string, maskedRef: string): string {
  return urlBelow(publicBaseUrl, `confirmation/${maskedRef}`).href;
}

/** Where suspect submissions wait for sales. */
export interface Quarantine {
  hold(submission: Submission, reason: Suspicion): Promise<Acceptance>;
}

/**
 * Takes a valid booking in (unique_email_per_lead, confirmation_email_dispatch), or, where something speaks
 * against it, into quarantine. The answer is the same; undefined where its Idempotency-Key was used before
 * with another body.
 */
export async function submitLead(
  { submissions, quarantine, publicBaseUrl }: SubmitNeeds,
  submission: Submission,
  suspicion: Suspicion | undefined,
): Promise<Accepted | undefined> {
  const acceptance = suspicion
    ? await quarantine.hold(submission, suspicion)
    : await submissions.accept(submission);
  if (!acceptance.ok) return undefined;
  const { maskedRef, receivedAt } = acceptance.receipt;
  return {
    masked_ref: maskedRef,
    confirmation_url: confirmationUrl(publicBaseUrl, maskedRef),
    received_at: receivedAt.toISOString(),
  };
}
