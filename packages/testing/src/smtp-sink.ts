import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as it arrived: the envelope, and the source. */
export interface ReceivedMail {
  from: string;
  to: string[];
  source: string;
}

/** What the server answers at a stage; undefined accepts. */
export type Reply = { code: number; text: string } | undefined;

export interface SmtpSink {
  url: string;
  mails: ReceivedMail[];
  /** How often a mail was offered, accepted or not. */
  offers: number;
  /** Decides each RCPT TO; replace it to refuse. */
  onRecipient: (address: string) => Reply;
  /** Decides after the final dot. */
  onMessage: (mail: ReceivedMail) => Reply;
  stop(): Promise<void>;
}

function toError(reply: { code: number; text: string }): Error {
  return Object.assign(new Error(reply.text), { responseCode: reply.code });
}

/**
 * A real SMTP server for tests that keeps what it takes and refuses as it is told.
 *
 * @param tls offers STARTTLS, with this certificate or one that nobody vouches for
 * @param secure speaks TLS from the first byte, as smtps:// asks for
 */
export async function startSmtpSink({
  tls = false,
  secure = false,
}: {
  tls?: boolean | { key: string; cert: string };
  secure?: boolean;
} = {}): Promise<SmtpSink> {
  const sink: Omit<SmtpSink, 'url' | 'stop'> = {
    mails: [],
    offers: 0,
    onRecipient: () => undefined,
    onMessage: () => undefined,
  };
  const options: SMTPServerOptions = {
    authOptional: true,
    secure,
    ...(typeof tls === 'object' ? { key: tls.key, cert: tls.cert } : {}),
    disabledCommands: tls ? ['AUTH'] : ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onRcptTo({ address }, _session, callback) {
      const refusal = sink.onRecipient(address);
      callback(refusal ? toError(refusal) : null);
    },
    onData(stream, { envelope }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        sink.offers += 1;
        const mail = {
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          to: envelope.rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString('utf8'),
        };
        const refusal = sink.onMessage(mail);
        if (!refusal) sink.mails.push(mail);
        callback(refusal ? toError(refusal) : null);
      });
    },
  };
  const server = new SMTPServer(options);
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return Object.assign(sink, {
    url: `${secure ? 'smtps' : 'smtp'}://${typeof tls === 'object' ? 'localhost' : '127.0.0.1'}:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}
