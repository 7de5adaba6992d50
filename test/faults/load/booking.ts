import { randomUUID } from 'node:crypto';
import { bookingBody } from '@meander/testing';
import type { Answer } from './http.ts';

/** New address, one that has booked before, or several posts of one address at the same instant. */
export type BookingKind = 'new' | 'rebooked' | 'parallel';

/** One visitor's booking, and everything that was ever answered to it. */
export interface Booking {
  /** The row of the table that it belongs to. */
  row: string;
  kind: BookingKind;
  email: string;
  /** Stands in its notes, so that its submission is found again. */
  token: string;
  /** The same at every try: the form makes it when the page loads. */
  key: string;
  /** Each visitor has an address of their own; the limit of attempts is no part of this. */
  address: string;
  answers: Answer[];
  /** The reference, once it was accepted. */
  reference: string | undefined;
}

let made = 0;

/** @param email that of a known lead; a new one where it is left out */
export function createBooking(row: string, kind: BookingKind, email?: string): Booking {
  made += 1;
  const token = randomUUID();
  return {
    row,
    kind,
    email: email ?? `visitor.${made}.${token.slice(0, 8)}@example.com`,
    token,
    key: randomUUID(),
    address: `10.${(made >> 16) & 255}.${(made >> 8) & 255}.${made & 255}`,
    answers: [],
    reference: undefined,
  };
}

/** What the form sends for it; the same at every try. */
export function toRequest({ email, token, key, address }: Booking) {
  return {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Idempotency-Key': key,
      'X-Forwarded-For': address,
    },
    body: JSON.stringify(bookingBody({ email, notes: token })),
  };
}

/** Whether it was accepted at its first try. */
export function acceptedAtOnce({ answers: [first] }: Booking): boolean {
  return first?.kind === 'answered' && first.status === 202;
}
