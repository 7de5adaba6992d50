import { urlBelow } from '@meander/lead';
import { pause } from '@meander/runtime';
import { createProbe, probeHeader } from './probe.ts';

/** How far a made-up booking came. */
export type JourneyOutcome =
  /** Its mail is at the mail server. */
  | 'arrived'
  /** Intake could not be reached. */
  | 'unreachable'
  /** Something answered, but took no booking. */
  | 'refused'
  /** Intake took it for a stranger's booking: it does not know our signing key. Nothing was booked. */
  | 'unrecognised'
  /** Accepted, and its mail has not left in time. */
  | 'no_mail'
  /** Accepted, and the mail server refused its mail for good. */
  | 'mail_refused';

export interface Booked {
  maskedRef: string;
}

export interface Journey {
  outcome: JourneyOutcome;
  /** From the post to where it ended, in seconds. */
  seconds: number;
  /** Set where intake took it: what there is to be removed. */
  booked?: Booked;
  /** The status of an answer that was not the wished-for one. */
  status?: number;
}

/** How often the confirmation is asked for, in milliseconds. */
const interval = 250;
const requestDeadline = 10_000;

/** What a made-up booking says. Intake gives it its address; this one is RFC 2606's, should nobody do so. */
const body = {
  first_name: 'Synthetic',
  last_name: 'Booking',
  email: 'synthetic@example.com',
  organization_name: 'Meander doctor',
  role_title: 'Test',
  notes: 'A made-up booking that tries the whole way. It is removed by itself.',
  locale: 'en',
};

/**
 * Books as a visitor would, by HTTP alone, and follows the confirmation until the mail server has its mail.
 * Never throws. Intake answers a proof that it does not recognise with 401 and books nothing.
 *
 * @param baseUrl where intake is seen, such as PUBLIC_BASE_URL
 * @param patience how long the mail may take, in milliseconds
 */
export async function bookSynthetic({
  baseUrl,
  key,
  patience = 60_000,
  signal,
}: {
  baseUrl: string;
  key: string;
  patience?: number;
  signal?: AbortSignal;
}): Promise<Journey> {
  const began = performance.now();
  const end = (outcome: JourneyOutcome, more: Partial<Journey> = {}): Journey => ({
    outcome,
    seconds: (performance.now() - began) / 1000,
    ...more,
  });
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(urlBelow(baseUrl, path), {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(requestDeadline),
    });

  let maskedRef: string;
  try {
    const answer = await ask('leads', {
      method: 'POST',
      headers: { 'content-type': 'application/json', [probeHeader]: createProbe(key, new Date()) },
      body: JSON.stringify(body),
    });
    const asksForProof = /^Meander-Probe/i.test(answer.headers.get('www-authenticate') ?? '');
    if (answer.status === 401 && asksForProof) return end('unrecognised');
    if (answer.status !== 202) return end('refused', { status: answer.status });
    const given: unknown = ((await answer.json()) as { masked_ref?: unknown }).masked_ref;
    if (typeof given !== 'string') return end('refused', { status: answer.status });
    maskedRef = given;
  } catch (error) {
    return end(error instanceof SyntaxError ? 'refused' : 'unreachable');
  }

  const booked = { maskedRef };
  while (performance.now() - began < patience && !signal?.aborted) {
    const state = await ask(`confirmations/${maskedRef}`)
      .then((answer) => answer.json() as Promise<{ state?: string }>)
      .then(
        (confirmation) => confirmation.state,
        () => undefined,
      );
    if (state === 'sent') return end('arrived', { booked });
    if (state === 'failed') return end('mail_refused', { booked });
    await pause(interval, signal);
  }
  return end('no_mail', { booked });
}
