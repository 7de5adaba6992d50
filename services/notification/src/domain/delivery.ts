import type { Locale } from '@meander/lead';

/** One mail to be sent, whatever is redelivered: its state is a row, not a message in a queue. */
export const deliveryStates = ['pending', 'sending', 'sent', 'retrying', 'failed', 'suppressed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export const templates = ['confirmation', 'sales_alert', 'demo_invitation', 'demo_cancellation'] as const;
export type Template = (typeof templates)[number];

/** A delivery that this sender has claimed, with what its mail needs of the lead as it is now. */
export interface ClaimedDelivery {
  id: string;
  lead_id: string;
  claim_id: string;
  template: Template;
  message_id: string;
  /** Attempts that counted, before this one. */
  attempts: number;
  /** Attempts whose outcome nobody knows, before this one. */
  unknown_outcomes: number;
  /** How long ago the first counted attempt was, in milliseconds; null before there is one. */
  first_attempt_age_ms: number | null;
  /** How long ago the delivery was made, in milliseconds. */
  age_ms: number;
  traceparent: string | null;
  tracestate: string | null;
  email: string;
  first_name: string;
  last_name: string;
  organization_name: string;
  role_title: string;
  phone: string | null;
  organization_size: string | null;
  current_solution: string | null;
  preferred_demo_timing: string | null;
  notes: string | null;
  locale: Locale | null;
  masked_ref: string;
  status: string;
  booking_count: number;
  last_booked_at: Date;
  /** Made up by the doctor or the canary: it goes to a mailbox of our own and counts in no numbers. */
  synthetic: boolean;
  /** When a confirmation last reached the lead's server, for this booking or an earlier one. */
  confirmation_sent_at: Date | null;
  /** Which setting of the demo an invitation is about, or the number of its cancellation; null for other mails. */
  demo_sequence: number | null;
  /** The demo as it stands now, or null where no time is set. */
  demo: {
    at: Date;
    minutes: number;
    location: string | null;
    sequence: number;
    /** Called off: nobody is invited to it any more. */
    cancelled: boolean;
  } | null;
  /** Whether an invitation has reached the lead, or may have; looked up for a cancellation alone. */
  invited: boolean;
}

/** What is known of a delivery that was made just now, outside any trace. */
export const neverAttempted = {
  attempts: 0,
  unknown_outcomes: 0,
  first_attempt_age_ms: null,
  age_ms: 0,
  traceparent: null,
  tracestate: null,
} as const satisfies Partial<ClaimedDelivery>;

/** The Message-ID of a delivery: the same at every attempt, so that a second copy is recognised as one. */
export function messageId(deliveryId: string, fromAddress: string): string {
  return `<${deliveryId}@${domainOf(fromAddress)}>`;
}

/** What stands behind the last `@`. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** Why a mail about a demo is not sent after all, or undefined where it is: the last word of sales counts. */
export function supersededBy(
  { template, demo_sequence, demo, status, invited }: ClaimedDelivery,
  now: Date,
): string | undefined {
  if (template !== 'demo_invitation' && template !== 'demo_cancellation') return undefined;
  if (!demo) return 'the demo has no time';
  if (template === 'demo_invitation' && status !== 'demo_scheduled') return 'the lead has moved on';
  if (demo.sequence !== demo_sequence)
    return demo.cancelled ? 'the demo was called off' : 'another time was set';
  if (template === 'demo_cancellation' && !invited) return 'nobody was invited';
  return demo.at <= now ? 'the demo is over' : undefined;
}
