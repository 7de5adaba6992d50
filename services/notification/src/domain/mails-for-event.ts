import type { LeadEvent } from '@meander/lead';
import type { Template } from './delivery.ts';

/** A mail that an event asks for. */
export interface WantedMail {
  template: Template;
  /** Which setting of the demo an invitation is about, or the number of its cancellation; null for other mails. */
  demoSequence: number | null;
}

/**
 * Which mails follow from an event (confirmation_email_dispatch; contract section 4).
 *
 * A booking asks for a confirmation, and an alert where sales wants one. A lead that sales entered or imported
 * (it has no submission) asks for neither: nobody booked, and a first load of a customer list must not mail
 * everybody on it. Nor does a submission that came twice at one moment, for its second time. Whoever booked may ask for the confirmation once more; it counts towards the cap like the
 * first. A demo that got a time, or another one, asks for an invitation, and one that was called off
 * for its cancellation.
 */
export function mailsFor(event: LeadEvent, { alertSales }: { alertSales: boolean }): WantedMail[] {
  switch (event.type) {
    case 'LeadCreated':
    case 'LeadRebooked': {
      if (event.data.submission_id === null || event.data.repeated) return [];
      const wanted: Template[] = alertSales ? ['confirmation', 'sales_alert'] : ['confirmation'];
      return wanted.map((template) => ({ template, demoSequence: null }));
    }
    case 'LeadStatusChanged':
    case 'LeadUpdated': {
      const { demo_sequence: set, demo_cancelled_sequence: cancelled } = event.data;
      if (cancelled !== undefined) return [{ template: 'demo_cancellation', demoSequence: cancelled }];
      return set === undefined ? [] : [{ template: 'demo_invitation', demoSequence: set }];
    }
    case 'ConfirmationRequested':
      return [{ template: 'confirmation', demoSequence: null }];
    default:
      return [];
  }
}
