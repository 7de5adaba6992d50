import { createEvent, type EventData, type EventType } from '@meander/lead';
import { describe, expect, it } from 'vitest';
import { mailsFor } from './mails-for-event.ts';

const eventOf = <T extends EventType>(type: T, data: EventData[T]) =>
  createEvent(type, {
    id: '01912345-6789-7abc-8def-0123456789ab',
    time: new Date(0),
    source: 'intake',
    leadId: '01912345-6789-7abc-8def-0123456789ac',
    data,
  });

const booking = (submission_id: string | null): EventData['LeadCreated'] => ({
  version: 1,
  status: 'new',
  booking_count: 1,
  submission_id,
  booked_at: '2027-01-01T00:00:00Z',
});

const templatesFor = (event: ReturnType<typeof eventOf>, alertSales = true) =>
  mailsFor(event, { alertSales }).map(({ template }) => template);

describe('an event', () => {
  it.each(['LeadCreated', 'LeadRebooked'] as const)(
    '%s asks for a confirmation, and an alert if wished',
    (type) => {
      expect(templatesFor(eventOf(type, booking('x')))).toEqual(['confirmation', 'sales_alert']);
      expect(templatesFor(eventOf(type, booking('x')), false)).toEqual(['confirmation']);
    },
  );

  it('of a lead that sales entered or imported asks for none: nobody booked', () => {
    expect(templatesFor(eventOf('LeadCreated', booking(null)))).toEqual([]);
  });

  it('DED-13 of a submission that came twice at one moment asks for none the second time', () => {
    expect(templatesFor(eventOf('LeadRebooked', { ...booking('x'), repeated: true }))).toEqual([]);
  });

  it('of a confirmation that is asked for again asks for that alone', () => {
    const asked = { version: 1, booking_count: 1, requested_at: '' };
    expect(templatesFor(eventOf('ConfirmationRequested', asked))).toEqual(['confirmation']);
  });

  it('asks for a cancellation where a demo was called off, by losing the lead or alone', () => {
    const lost = { version: 3, from: 'demo_scheduled', to: 'lost', moved_at: '', moved_by: 'key:x' } as const;
    const updated = { version: 3, fields: ['demo'], updated_at: '', updated_by: '' };
    for (const event of [
      eventOf('LeadStatusChanged', { ...lost, demo_cancelled_sequence: 2 }),
      eventOf('LeadUpdated', { ...updated, demo_cancelled_sequence: 2 }),
    ]) {
      expect(mailsFor(event, { alertSales: true })).toEqual([
        { template: 'demo_cancellation', demoSequence: 2 },
      ]);
    }
  });

  it('asks for an invitation where a demo got a time, and only there', () => {
    const moved = { version: 2, from: 'new', to: 'demo_scheduled', moved_at: '', moved_by: 'key:x' } as const;
    expect(
      mailsFor(eventOf('LeadStatusChanged', { ...moved, demo_sequence: 0 }), { alertSales: true }),
    ).toEqual([{ template: 'demo_invitation', demoSequence: 0 }]);
    expect(templatesFor(eventOf('LeadStatusChanged', moved))).toEqual([]);
    const updated = { version: 3, fields: ['demo'], updated_at: '', updated_by: '', demo_sequence: 4 };
    expect(mailsFor(eventOf('LeadUpdated', updated), { alertSales: true })).toEqual([
      { template: 'demo_invitation', demoSequence: 4 },
    ]);
    expect(
      templatesFor(eventOf('LeadUpdated', { version: 3, fields: ['phone'], updated_at: '', updated_by: '' })),
    ).toEqual([]);
    expect(templatesFor(eventOf('LeadErased', { erased_at: '', erased_by: '' }))).toEqual([]);
  });
});
