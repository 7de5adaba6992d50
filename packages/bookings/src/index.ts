/** Writing a booking, the same way whoever takes it in: intake from the form, pipeline from sales or quarantine. */

export { type BookingRecord, type RecordedBooking, recordBooking } from './record-booking.ts';
export { type LeadContact, type NewLeadValues, type UpsertedLead, upsertLead } from './upsert-lead.ts';
