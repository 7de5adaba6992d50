/**
 * How many confirmations one mailbox gets (contract section 4): whoever types a stranger's address again and
 * again must not flood it. More bookings are kept; their mail is `suppressed`.
 */
export const confirmationCap = { most: 3, hours: 24 } as const;
