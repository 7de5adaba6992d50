import { domainToASCII } from 'node:url';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerEnvelope } from 'smtp-server';
import type { Envelope, MailStore } from './store.ts';

export const SIZE_LIMIT_BYTES = 10 * 1024 * 1024;

/** Takes whatever is sent, from whomever, to whomever. A message is on disk before its sender hears 250. */
export function createSmtpServer(store: MailStore): SMTPServer {
  return new SMTPServer({
    name: 'localhost',
    banner: 'Mail catcher: keeps everything, delivers nothing',
    size: SIZE_LIMIT_BYTES,
    rejectOversized: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    lenientAddressParsing: true,
    disableReverseLookup: true,
    logger: false,
    // Whoever keeps an idle connection is told to go; a message in the middle of its way gets this long.
    closeTimeout: 250,
    onData(stream, session, done) {
      receive(stream)
        .then((raw) => raw && store.add(plainEnvelope(session.envelope), raw))
        .then((id) => done(null, `OK: kept as ${id}`))
        .catch((cause) => {
          const message = 'The mail catcher could not keep the message';
          done(Object.assign(new Error(message, { cause }), { responseCode: 452 }));
        });
    },
  });
}

/** The whole message; undefined for one that is too large, which the server refuses by itself. */
async function receive(stream: SMTPServerDataStream): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    if (stream.sizeExceeded) chunks.length = 0;
    else chunks.push(chunk);
  }
  return stream.sizeExceeded ? undefined : Buffer.concat(chunks);
}

function plainEnvelope({ mailFrom, rcptTo }: SMTPServerEnvelope): Envelope {
  return {
    from: mailFrom ? asciiDomain(mailFrom.address) : '',
    to: rcptTo.map(({ address }) => asciiDomain(address)),
  };
}

/** smtp-server turns xn-- domains into letters. Undone here: the address is to be found as it was sent. */
export function asciiDomain(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII.
  if (/^[\x00-\x7f]*$/.test(domain)) return address;
  return `${address.slice(0, at + 1)}${domainToASCII(domain) || domain}`;
}
