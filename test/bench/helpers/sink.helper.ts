import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { serve } from './serve.ts';

/** When a mail was answered with 250, in milliseconds since 1970 with a fraction. */
type Stamp = readonly [recipient: string, at: number];

let stamps: Stamp[] = [];
/** The source of the last mail. */
let last = '';
let waiting: { count: number; resolve: () => void } | undefined;

const now = () => performance.timeOrigin + performance.now();
const replies: readonly (readonly [command: string, reply: string])[] = [
  ['EHLO', '250-sink.example\r\n250 8BITMIME\r\n'],
  ['HELO', '250 sink.example\r\n'],
  ['MAIL', '250 2.1.0 Ok\r\n'],
  ['RCPT', '250 2.1.5 Ok\r\n'],
  ['DATA', '354 Go on\r\n'],
  ['RSET', '250 2.0.0 Ok\r\n'],
  ['NOOP', '250 2.0.0 Ok\r\n'],
  ['QUIT', '221 2.0.0 Bye\r\n'],
];
const endOfMessage = '\r\n.\r\n';

function accept(recipient: string, source: string): void {
  last = source;
  stamps.push([recipient, now()]);
  if (waiting && stamps.length >= waiting.count) waiting.resolve();
}

/** Takes every mail as fast as it comes, and keeps the address and the time. */
function converse(socket: Socket): void {
  let buffered = '';
  let recipient = '';
  let inMessage = false;
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => {});
  socket.write('220 sink.example ESMTP\r\n');
  socket.on('data', (chunk: string) => {
    buffered += chunk;
    for (;;) {
      const end = buffered.indexOf(inMessage ? endOfMessage : '\r\n');
      if (end < 0) return;
      const taken = buffered.slice(0, end);
      buffered = buffered.slice(end + (inMessage ? endOfMessage.length : 2));
      if (inMessage) {
        inMessage = false;
        socket.write('250 2.0.0 Ok: queued\r\n');
        accept(recipient, taken);
        continue;
      }
      const command = taken.slice(0, 4).toUpperCase();
      if (command === 'RCPT') recipient = /<([^>]*)>/.exec(taken)?.[1] ?? '';
      inMessage = command === 'DATA';
      socket.write(replies.find(([name]) => name === command)?.[1] ?? '502 5.5.1 Unknown\r\n');
      if (command === 'QUIT') socket.end();
    }
  });
}

const commands = {
  /** Resolves with the URL. */
  async listen(): Promise<string> {
    const server = createServer(converse).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  /** Forgets what has come so far. */
  reset(): void {
    stamps = [];
  },
  /** Waits until so many mails have come since the last reset, or the time is over, and tells how many have. */
  async untilCount({ count, seconds }: { count: number; seconds: number }): Promise<number> {
    if (stamps.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting = { count, resolve };
      const timer = setTimeout(resolve, seconds * 1_000);
      await promise;
      clearTimeout(timer);
      waiting = undefined;
    }
    return stamps.length;
  },
  stamps: (): readonly Stamp[] => stamps,
  /** Mails a second from the first to the last; 0 for fewer than two. */
  rate(): number {
    const [first, final] = [stamps[0], stamps.at(-1)];
    if (!first || !final || stamps.length < 2) return 0;
    return ((stamps.length - 1) / (final[1] - first[1])) * 1_000;
  },
  lastSource: (): string => last,
  /** By how many milliseconds the database's clock is ahead of the one of these stamps: of many tries the quickest. */
  async clockOffset({ databaseUrl }: { databaseUrl: string }): Promise<number> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    let best = { tripped: Number.POSITIVE_INFINITY, ahead: 0 };
    for (let turn = 0; turn < 50; turn += 1) {
      const asked = now();
      const { rows } = await client.query(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
      );
      const answered = now();
      const tripped = answered - asked;
      if (tripped < best.tripped) best = { tripped, ahead: rows[0].at - (asked + answered) / 2 };
    }
    await client.end();
    return best.ahead;
  },
};
export type SinkCommands = typeof commands;

serve(commands);
