/** One mail to be sent, whatever is redelivered: its state is a row, not a message in a queue. */
export type DeliveryState = 'pending' | 'sending' | 'sent' | 'retrying' | 'failed' | 'suppressed';

export type Template = 'confirmation' | 'sales_alert';

/** What became of one attempt, as the server and the connection told it. */
export type Outcome =
  /** The server took the mail (250 after the final dot). */
  | { kind: 'accepted'; code: number }
  /** The server refused this recipient or mail for good. */
  | { kind: 'rejected'; code: number }
  /** It may work later: a 4xx, a timeout, a lost connection. `code` where the server said one. */
  | { kind: 'deferred'; code: number | null }
  /** Ours or the relay's own fault, not the recipient's: no connection, TLS, credentials, DNS of the relay. */
  | { kind: 'own_fault'; code: number | null };

/** The Message-ID of a delivery: the same at every attempt, so that a second copy is recognised as one. */
export function messageId(deliveryId: string, mailFrom: string): string {
  return `<${deliveryId}@${mailFrom.slice(mailFrom.lastIndexOf('@') + 1)}>`;
}
