import { attributes, SpanKind, withSpan } from '@meander/telemetry';
import { createTransport } from 'nodemailer';
import { classifyFailure } from '../domain/classify-outcome.ts';
import type { Outcome } from '../domain/delivery.ts';
import type { RenderedMail } from './templates.ts';

export interface Mail extends RenderedMail {
  messageId: string;
  to: { name: string; address: string };
  replyTo: string | undefined;
}

export interface Mailer {
  /** Sends one mail to one recipient; the outcome says how it went. Never throws. */
  send(mail: Mail): Promise<Outcome>;
  /** Resolves where the relay answers. */
  check(): Promise<void>;
  close(): void;
}

/** Connections to the relay at once. */
export const mailConnections = 5;
/** nodemailer waits ten minutes for a silent server by default; each stage gets these, in milliseconds. */
const deadlines = {
  connectionTimeout: 10_000,
  greetingTimeout: 15_000,
  socketTimeout: 30_000,
  dnsTimeout: 10_000,
};

export function createMailer({ smtpUrl, mailFrom }: { smtpUrl: string; mailFrom: string }): Mailer {
  const transport = createTransport(
    { url: smtpUrl, pool: true, maxConnections: mailConnections, maxMessages: 100, ...deadlines },
    { from: { name: 'Meander', address: mailFrom } },
  );
  return {
    send: ({ messageId, to, replyTo, subject, text, html }) =>
      withSpan(
        'send mail',
        { kind: SpanKind.CLIENT, attributes: { 'network.protocol.name': 'smtp' } },
        async (span) => {
          const outcome = await transport
            .sendMail({
              messageId,
              to,
              ...(replyTo ? { replyTo } : {}),
              subject,
              text,
              html,
              // No value of a visitor may become a file or a URL that is fetched.
              disableFileAccess: true,
              disableUrlAccess: true,
              headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
            })
            .then(
              (): Outcome => ({ kind: 'accepted', code: 250 }),
              (error): Outcome => classifyFailure(error),
            );
          span.setAttribute(attributes.outcome, outcome.kind);
          if (outcome.code !== null) span.setAttribute(attributes.smtpCode, outcome.code);
          return outcome;
        },
      ),
    check: async () => void (await transport.verify()),
    close: () => transport.close(),
  };
}
