/** Why sending pauses for everybody: the relay, or our way to it, is at fault and no recipient. */
export type PauseReason = 'away' | 'refused' | 'login' | 'tls' | 'dns';

/** Kinds of outcome of one attempt, as they stand in the row, the metrics and the API. */
export const outcomeKinds = [
  /** The server took the mail (2xx after the final dot). */
  'accepted',
  /** The server refused this recipient or mail for good. */
  'rejected',
  /** It may work later: a 4xx, a timeout, a connection lost before the final dot. */
  'deferred',
  /** No answer to the final dot, or none that makes sense: the server may have taken the mail, or not. */
  'unknown',
  /** The relay is not there, or not able: nobody's attempt. */
  'away',
  /** Our own fault: credentials, TLS, DNS of the relay, our sender address, our template. */
  'own_fault',
  /** We stopped before the final dot; nothing was sent. */
  'interrupted',
] as const;
export type OutcomeKind = (typeof outcomeKinds)[number];

/** What became of one attempt, as the server and the connection told it. */
export interface Outcome {
  kind: OutcomeKind;
  /** The SMTP reply code, where the server gave one: from 200 to 599. */
  code: number | null;
  /** What the server said, as it said it; it may repeat addresses, so it is masked before it is kept. */
  response: string | null;
  /** Set where everybody's mail has to wait. */
  pauses?: PauseReason;
}

/** An outcome of which the server said nothing. */
export function silentOutcome(kind: OutcomeKind): Outcome {
  return { kind, code: null, response: null };
}
