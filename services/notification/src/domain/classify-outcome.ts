import type { Outcome } from './delivery.ts';

/** What nodemailer tells of a failed attempt. */
export interface SendFailure {
  /** nodemailer's own code: EAUTH, ETLS, EDNS, ECONNECTION, ESOCKET, ETIMEDOUT, EENVELOPE, EMESSAGE, … */
  code?: unknown;
  /** The SMTP reply code, where the server gave one. */
  responseCode?: unknown;
  /** The command that was answered, such as `CONN`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`. */
  command?: unknown;
}

/** Faults that concern the relay, whoever the mail is for. */
const relayCodes = new Set([
  'EAUTH',
  'ETLS',
  'EDNS',
  'EREQUIRETLS',
  'ENOAUTH',
  'EOAUTH2',
  'EPROXY',
  'ECONFIG',
]);
const relayCommands = /^(CONN|EHLO|HELO|LHLO|STARTTLS|AUTH)/;

/**
 * Judges a failed attempt. In order:
 *
 * | what happened                                    | outcome     |
 * |--------------------------------------------------|-------------|
 * | credentials, TLS, DNS of the relay               | own fault |
 * | any answer, or none, before MAIL FROM            | own fault |
 * | 421 at any later stage                           | deferred    |
 * | 5xx to MAIL FROM (our own address is refused)    | own fault |
 * | 5xx to RCPT TO, DATA or the message              | rejected    |
 * | 4xx                                              | deferred    |
 * | timeout or lost connection (outcome is unknown)  | deferred    |
 */
export function classifyFailure({ code, responseCode, command }: SendFailure): Outcome {
  const answer = typeof responseCode === 'number' ? responseCode : null;
  const stage = typeof command === 'string' ? command : '';
  if (relayCodes.has(String(code)) || relayCommands.test(stage)) return { kind: 'own_fault', code: answer };
  if (answer !== null && answer >= 500) {
    return stage.startsWith('MAIL')
      ? { kind: 'own_fault', code: answer }
      : { kind: 'rejected', code: answer };
  }
  return { kind: 'deferred', code: answer };
}
