import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A mail client for tests that says exactly what it is told to, byte by byte. */
export interface RawSmtp {
  /** Sends lines, all in one write, and returns the whole replies to them, one each. */
  say(...lines: string[]): Promise<string[]>;
  /** Sends a body with its final dot, and returns the reply. */
  data(body: string | Buffer): Promise<string>;
  close(): Promise<void>;
  socket: Socket;
}

export async function rawSmtp(port: number): Promise<RawSmtp> {
  const socket = connect({ port, host: '127.0.0.1' });
  const waiting: ((reply: string) => void)[] = [];
  const early: string[] = [];
  let pending = '';
  socket.on('data', (chunk) => {
    pending += chunk;
    // A reply may have several lines: the last has a space after its code.
    for (let match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(pending); match; ) {
      pending = pending.slice(match[0].length);
      const give = waiting.shift();
      if (give) give(match[0]);
      else early.push(match[0]);
      match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(pending);
    }
  });
  socket.on('error', () => undefined);
  const reply = () =>
    new Promise<string>((resolve) => {
      const known = early.shift();
      if (known === undefined) waiting.push(resolve);
      else resolve(known);
    });
  const greeting = await reply();
  if (!greeting.startsWith('220')) throw new Error(greeting);
  return {
    socket,
    say(...lines) {
      socket.write(lines.map((line) => `${line}\r\n`).join(''));
      return Promise.all(lines.map(reply));
    },
    data(body) {
      socket.write(Buffer.concat([Buffer.from(body), Buffer.from('\r\n.\r\n')]));
      return reply();
    },
    async close() {
      socket.end();
      if (!socket.closed) await once(socket, 'close');
    },
  };
}

/** Sends one message; the lines of its body must not begin with a dot. Returns the server's last reply. */
export async function sendRaw(
  port: number,
  {
    from = 'hei@meander.example',
    to = ['kari@example.no'],
    body,
  }: { from?: string; to?: string[]; body: string | Buffer },
): Promise<string> {
  const smtp = await rawSmtp(port);
  try {
    await smtp.say(
      'EHLO test',
      `MAIL FROM:<${from}> BODY=8BITMIME`,
      ...to.map((one) => `RCPT TO:<${one}>`),
      'DATA',
    );
    return await smtp.data(body);
  } finally {
    await smtp.close();
  }
}
