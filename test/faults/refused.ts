/** Addresses that a row has the mail server refuse for good begin so: their leads have no mail, rightly. */
export const refusedAddress = 'unknown.mailbox.';
