import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { attributes, SpanKind, withSpan } from '@meander/telemetry';
import { createTransport } from 'nodemailer';
import DKIM from 'nodemailer/lib/dkim';
import { classifyFailure, type Progress, type SendFailure } from '../domain/classify-outcome.ts';
import type { Mail } from '../domain/mail.ts';
import type { Mailbox } from '../domain/mail-from.ts';
import { type Outcome, silentOutcome } from '../domain/outcome.ts';
import type { RelayProbe } from '../handlers/relay-gate.ts';
import type { Mailer } from '../handlers/send-delivery.ts';
import { messageStream } from './message-stream.ts';
import { mimeSource } from './mime-source.ts';
import { type TimeLimit, withTimeLimit } from './time-limit.ts';
import { createTurns } from './turns.ts';

/** What the attachment is called. */
const calendarFiles = { REQUEST: 'invite.ics', CANCEL: 'cancel.ics' } as const;

/** The key that signs our mail (RFC 6376). */
export interface DkimKey {
  domainName: string;
  keySelector: string;
  privateKey: string;
}

/** nodemailer waits ten minutes for a silent server by default; each stage gets these, in milliseconds. */
export const deadlines = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 30_000,
  dnsTimeout: 5_000,
  /** One mail, from its turn to its final dot: ends a server that drips its answers, too. */
  mail: 60_000,
  /** The answer to the final dot: who gives up sooner may send a second copy of what was taken (RFC 5321, 4.5.3.2.6). */
  answer: 600_000,
};
export type Deadlines = typeof deadlines;

/** One try to send a mail. */
interface Try extends Progress {
  message?: Readable;
  /** The connection that the message goes by. */
  socket?: Socket | undefined;
  /** Called when the last octet is on its way. */
  handOver(): void;
}

/**
 * Whether a connection that had carried mail before ended before it asked for this one, by a 421 or without a word: not
 * a byte was sent, and nobody minds this mail. The pool says so with a code alone and no command, and keeps back what
 * the server said; in a first mail's session it does not.
 */
function isSpentConnection(failure: SendFailure, { begun, message }: Try): boolean {
  const isPools = failure.code === 'ECONNECTION' && failure.command === undefined;
  return isPools && begun && message?.readableDidRead === false;
}

/** The pool's connections, as far as it shows whose mail each has in hand. */
interface Pool {
  _connections: { queueEntry: false | { mail: unknown }; connection: { _socket?: Socket } }[];
}

/** nodemailer gives a connection one deadline for all its silences, so the longer one has to be set on the socket itself. */
function socketOf(transporter: unknown, mail: unknown): Socket | undefined {
  const carrier = (transporter as Pool)._connections.find(
    ({ queueEntry }) => queueEntry && queueEntry.mail === mail,
  );
  return carrier?.connection._socket;
}

const codeOf = (response: string) => Number(/^\d{3}/.exec(response)?.[0] ?? 250);

/**
 * Sends through a pool of connections to the relay.
 *
 * With `ca` (PEM, the certificates that vouch for it) the relay must offer TLS. Without, an smtp:// relay that
 * offers STARTTLS must show a certificate that the system trusts, and one that offers none gets mail in the clear,
 * unless the URL says `?requireTLS=true`.
 *
 * nodemailer tells every lost connection alike, so how far a mail had come is seen from its own stream: it is
 * read only when the server has asked for the message, and its end is the final dot's turn.
 */
export function createMailer({
  smtpUrl,
  connections,
  ca,
  from,
  dkim,
  deadlines: given = {},
}: {
  smtpUrl: string;
  /** The most at once. */
  connections: number;
  ca?: string | undefined;
  from: Mailbox;
  dkim?: DkimKey | undefined;
  deadlines?: Partial<Deadlines>;
}): Mailer & RelayProbe & { close(): void } {
  const { mail: mailDeadline, answer: answerDeadline, ...stages } = { ...deadlines, ...given };
  // The pool has a queue of its own, but a mail that waits there behind a slow answer would use up its time.
  const inTurn = createTurns(connections);
  const transport = createTransport(
    {
      url: smtpUrl,
      ...(ca ? { requireTLS: true, tls: { ca } } : {}),
      pool: true,
      maxConnections: connections,
      maxMessages: 100,
      // What to do about a lost connection is decided here and by the retry policy: the pool would also open one after
      // the other to a relay that closes each before it greets.
      maxRequeues: 0,
      ...stages,
    },
    { from },
  );
  const signer = dkim && new DKIM({ ...dkim });

  transport.use('stream', (mail, done) => {
    const { progress } = mail.data as { progress?: Try };
    mail.message.createReadStream = () => {
      const unsigned = messageStream(mimeSource(mail.message));
      // Signing comes first, so that what is watched is what goes over the wire.
      const message = signer ? signer.sign(unsigned) : unsigned;
      if (!progress) return message;
      Object.assign(progress, { begun: true, message, socket: socketOf(transport.transporter, mail) });
      return message.once('end', progress.handOver);
    };
    done();
  });

  const begin = (limit: TimeLimit): Try => {
    limit.allow(mailDeadline);
    const progress: Try = {
      begun: false,
      handedOver: false,
      handOver() {
        progress.handedOver = true;
        progress.socket?.setTimeout(0);
        limit.allow(answerDeadline);
      },
    };
    return progress;
  };

  const attempt = async (mail: Mail, limit: TimeLimit, stop: AbortSignal): Promise<Outcome> => {
    const { messageId, to, replyTo, subject, text, html, calendar } = mail;
    const data = {
      messageId,
      // Otherwise each part asks the system for a mark of its own to stand between the parts.
      baseBoundary: randomUUID(),
      to,
      ...(replyTo ? { replyTo } : {}),
      subject,
      text,
      html,
      ...(calendar ? { icalEvent: { ...calendar, filename: calendarFiles[calendar.method] } } : {}),
      // Short lines whatever was typed: RFC 5322 allows 998 octets, and nodemailer folds no long word.
      textEncoding: 'quoted-printable' as const,
      // No value of a visitor may become a file or a URL that is fetched.
      disableFileAccess: true,
      disableUrlAccess: true,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      signal: limit.signal,
    };
    // Each further try has used up a connection that was open before, and a new one decides: it comes to an end.
    for (;;) {
      const progress = begin(limit);
      const watched = { ...data, progress };
      try {
        const { response } = await transport.sendMail(watched);
        return { kind: 'accepted', code: codeOf(response), response };
      } catch (error) {
        const failure = error as SendFailure;
        if (isSpentConnection(failure, progress)) continue;
        return stop.aborted && failure.code === 'EABORT' && !progress.handedOver
          ? silentOutcome('interrupted')
          : classifyFailure(failure, progress, to.address);
      } finally {
        // For the next mail, and while there is none.
        progress.socket?.setTimeout(stages.socketTimeout);
      }
    }
  };

  return {
    send: (mail, stop) =>
      withSpan(
        'send mail',
        { kind: SpanKind.CLIENT, attributes: { 'network.protocol.name': 'smtp' } },
        async (span) => {
          const outcome = await inTurn(() => withTimeLimit(stop, (limit) => attempt(mail, limit, stop)));
          span.setAttribute(attributes.outcome, outcome.kind);
          if (outcome.code !== null) span.setAttribute(attributes.smtpCode, outcome.code);
          return outcome;
        },
      ),
    probe: () =>
      transport.verify().then(
        () => undefined,
        (failure: SendFailure) =>
          classifyFailure(
            // An error's message is not among what is spread.
            { command: 'CONN', ...failure, message: failure.message },
            { begun: false, handedOver: false },
          ),
      ),
    close: () => transport.close({ force: true }),
  };
}
