import { subjectOf } from './answer-subject.ts';
import type { Subject } from './known-answers.ts';
import type { Outcome, OutcomeKind, PauseReason } from './outcome.ts';

/** What nodemailer tells of a failed attempt. */
export interface SendFailure {
  /** nodemailer's own code: EAUTH, ETLS, EDNS, ECONNECTION, ESOCKET, ETIMEDOUT, EENVELOPE, EMESSAGE, … */
  code?: unknown;
  /** The system's code under it, such as ECONNREFUSED or CERT_HAS_EXPIRED. */
  originalCode?: unknown;
  /** In words; Node.js's own where a handshake was broken off. */
  message?: unknown;
  /** The port that was connected to; none where TLS was begun on a connection that stood already, by STARTTLS. */
  port?: unknown;
  /** Which of its deadlines passed, for ETIMEDOUT. */
  timeoutType?: unknown;
  /** The SMTP reply code, where the server gave one. */
  responseCode?: unknown;
  /** The whole reply. */
  response?: unknown;
  /** The command that was answered, such as `CONN`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`. */
  command?: unknown;
}

/**
 * How far the attempt had come, by what we handed over ourselves: nodemailer reports every lost connection
 * alike, as command CONN.
 */
export interface Progress {
  /** A session was open and the envelope was begun. */
  begun: boolean;
  /** The whole message was handed to the connection, its final dot with it. */
  handedOver: boolean;
}

/** Where the dialogue with the relay was. `ours`: the mail never got as far as the relay. */
export type Stage =
  | 'ours'
  | 'dns'
  | 'tls'
  | 'connect'
  | 'login'
  | 'sender'
  | 'recipient'
  | 'data'
  | 'message';

interface Row {
  /** Where; some answers mean the same wherever they come. */
  stage: Stage | readonly Stage[];
  /** Which reply codes; `none` where the server said nothing. */
  answer: RegExp;
  /** Whom the words of the reply are about, where the code alone does not tell. */
  about?: readonly Subject[];
  kind: OutcomeKind;
  pauses?: PauseReason;
}

const any = /./;
/** The relay wants (other) credentials (RFC 4954, 6), whatever command it says so to. */
const wantsLogin = /^53[0458]$/;

/** Where the relay may say anything about us. */
const spoken: readonly Stage[] = ['connect', 'sender', 'recipient', 'data', 'message'];

/** The judgement of every failure: the first row that fits. */
export const classification: readonly Row[] = [
  { stage: 'ours', answer: any, kind: 'own_fault' },
  { stage: 'dns', answer: any, kind: 'own_fault', pauses: 'dns' },
  { stage: 'tls', answer: /^4/, kind: 'away', pauses: 'away' },
  { stage: 'tls', answer: any, kind: 'own_fault', pauses: 'tls' },
  // It has to be seen before the code: 530 asks for a login as well as for TLS.
  { stage: ['login', ...spoken], answer: /^5/, about: ['tls'], kind: 'own_fault', pauses: 'tls' },
  { stage: 'login', answer: /^4/, kind: 'away', pauses: 'away' },
  { stage: 'login', answer: any, kind: 'own_fault', pauses: 'login' },
  { stage: spoken, answer: wantsLogin, kind: 'own_fault', pauses: 'login' },
  { stage: spoken, answer: /^5/, about: ['login'], kind: 'own_fault', pauses: 'login' },
  { stage: 'connect', answer: /^5/, kind: 'own_fault', pauses: 'refused' },
  { stage: 'connect', answer: any, kind: 'away', pauses: 'away' },
  // Our own address is refused, and it is the same one for every mail.
  { stage: 'sender', answer: /^5(?!03)/, kind: 'own_fault', pauses: 'refused' },
  // Many servers wait with what they hold against us until they know the recipient, or have the whole mail.
  { stage: spoken, answer: /^5/, about: ['sender', 'host', 'quota'], kind: 'own_fault', pauses: 'refused' },
  // It is about us, but pauses nobody: it could still be about this one domain.
  { stage: spoken, answer: /^5/, about: ['relaying'], kind: 'own_fault' },
  { stage: ['recipient', 'data', 'message'], answer: /^5(?!03)/, kind: 'rejected' },
  { stage: 'message', answer: /^[45]/, kind: 'deferred' },
  // Silence, or what is no answer to a message: it may have been taken.
  { stage: 'message', answer: any, kind: 'unknown' },
  // What is left: 4xx, 421, 503 (the session was confused, not the mail), timeouts and losses before the dot.
  { stage: ['sender', 'recipient', 'data'], answer: any, kind: 'deferred' },
];

const tlsFaults =
  /^(ETLS|EREQUIRETLS|EPROTO$|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|HOSTNAME_)/;
const neverConnected =
  /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|CONNECT_TIMEOUT|GREETING_TIMEOUT|EPROXY)$/;

/** What Node.js says where the other side hangs up in the middle of a handshake; it gives no code of its own. */
const brokenHandshake = /before secure TLS connection was established/;

/**
 * Whether the server agreed to STARTTLS and then hung up. One that hangs up on smtps:// may be a balancer with
 * nothing behind it, which is an outage.
 */
const brokeUpgrade = ({ message, port }: SendFailure) =>
  port === undefined && typeof message === 'string' && brokenHandshake.test(message);

const madeHere = /^(EENVELOPE|EMESSAGE|ESTREAM|ECONFIG|EFILEACCESS|EURLACCESS|EMAXRECIPIENTS)$/;

/** Where a failure happened, by nodemailer's codes and by how far we had come ourselves. */
export function stageOf(failure: SendFailure, progress: Progress): Stage {
  const [code, system, timeout, command] = [
    failure.code,
    failure.originalCode,
    failure.timeoutType,
    failure.command,
  ].map((value) => (typeof value === 'string' ? value : '')) as [string, string, string, string];
  if (code === 'EDNS') return 'dns';
  if (tlsFaults.test(code) || tlsFaults.test(system) || command === 'STARTTLS') return 'tls';
  if (timeout === 'UPGRADE_TIMEOUT' || brokeUpgrade(failure)) return 'tls';
  if (['EAUTH', 'ENOAUTH', 'EOAUTH2'].includes(code) || command.startsWith('AUTH')) return 'login';
  if (command === 'MAIL FROM') return 'sender';
  if (command === 'RCPT TO') return 'recipient';
  if (command === 'DATA') return code === 'EMESSAGE' ? 'message' : 'data';
  if ([code, system, timeout].some((fault) => neverConnected.test(fault))) return 'connect';
  if (progress.handedOver) return 'message';
  if (progress.begun) return 'data';
  return madeHere.test(code) ? 'ours' : 'connect';
}

/** A reply code of RFC 5321, or null: nodemailer tells of as many digits as the server sent. */
function replyCode(code: unknown): number | null {
  return typeof code === 'number' && Number.isInteger(code) && code >= 200 && code < 600 ? code : null;
}

/**
 * Judges a failed attempt by the table above.
 *
 * @param recipient whom the mail was for: a word in the address is none of the server's
 */
export function classifyFailure(failure: SendFailure, progress: Progress, recipient = ''): Outcome {
  const stage = stageOf(failure, progress);
  const code = replyCode(failure.responseCode);
  const response = typeof failure.response === 'string' ? failure.response : null;
  const subject = response === null ? undefined : subjectOf(response, recipient);
  const row = classification.find(
    ({ stage: at, answer, about }) =>
      [at].flat().includes(stage) &&
      answer.test(String(code ?? 'none')) &&
      (about === undefined || (subject !== undefined && about.includes(subject))),
  );
  return {
    kind: row?.kind ?? 'deferred',
    code,
    response,
    ...(row?.pauses ? { pauses: row.pauses } : {}),
  };
}
