import { randomUUID } from 'node:crypto';
import { createEvent, createId, type LeadEvent } from '@meander/lead';

/** A valid body of the booking form, with an address that no other test has. */
export function bookingBody(overlay: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    first_name: 'Kari',
    last_name: 'Nordmann',
    email: `kari.${randomUUID().slice(0, 8)}@example.com`,
    phone: '406 12 345',
    organization_name: 'Fjellbygda frivilligsentral',
    role_title: 'Koordinator',
    organization_size: '11-50',
    current_solution: 'Excel og Word-skjemaer',
    preferred_demo_timing: 'Ukedager etter kl. 13',
    notes: 'Vi er 14 likepersoner i dag.',
    ...overlay,
  };
}

/** The event of a new lead that nobody has, and that asks for no mail: sales entered it. */
export function bookedEvent(leadId: string = createId()): LeadEvent {
  return createEvent('LeadCreated', {
    ...{ id: createId(), time: new Date(), source: 'intake', leadId },
    data: {
      version: 1,
      status: 'new',
      booking_count: 1,
      submission_id: null,
      booked_at: '2026-01-01T00:00:00Z',
    },
  });
}
