import { isMaskedRef } from '@meander/lead';
import { type ConfirmationStore, mayAskAgain } from './show-confirmation.ts';

/** Asks for a confirmation once more. */
export interface ConfirmationResends {
  /**
   * Writes down that the newest booking's confirmation is asked for again, together with the event
   * ConfirmationRequested; does nothing where that was done before, in another tab or by another click.
   */
  request(maskedRef: string): Promise<void>;
}

/**
 * Sends the confirmation once more, where its mail has left us and nobody has asked yet. It tells nothing: an
 * unknown reference, one of a held submission and one that has had its resend are answered alike. The cap for
 * one mailbox is notification's, and counts this mail like every other.
 */
export async function resendConfirmation(
  { confirmations, resends }: { confirmations: ConfirmationStore; resends: ConfirmationResends },
  maskedRef: string,
): Promise<void> {
  const record = await confirmations.find(isMaskedRef(maskedRef) ? maskedRef : '');
  if (record && mayAskAgain(record)) await resends.request(maskedRef);
}
