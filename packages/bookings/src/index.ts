/** Writing bookings, the same way whoever takes them in: intake from the form, pipeline from sales or quarantine. */

export { type BookingRecord, type LeadContact, type NewLeadValues, toInput } from './booking-input.ts';
export { bookingParts, readInput } from './booking-statement.ts';
export { type RecordedBooking, type RecordedLead, recordBooking } from './record-booking.ts';
