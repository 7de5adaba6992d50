import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceivedMail } from './smtp-sink.ts';

/** The points of an SMTP session at which the server speaks. */
export type SmtpStage = 'greeting' | 'hello' | 'auth' | 'sender' | 'recipient' | 'data' | 'message';

/**
 * What the server does at a stage: accept (undefined), give another answer, say nothing for ever, close, reset
 * the connection, or give its answer letter by letter.
 */
export type SmtpAct =
  | undefined
  | { code: number; text: string; dripMs?: number }
  | 'stall'
  | 'close'
  | 'reset';

export interface SmtpScript {
  /** Decides each stage; replace it to misbehave. `line` is the command, `session` counts connections from 1. */
  act: (stage: SmtpStage, about: { line: string; session: number }) => SmtpAct | Promise<SmtpAct>;
  /** Resets the connection after so many octets of a message; undefined reads to the end. */
  resetBodyAfter: number | undefined;
  readonly url: string;
  readonly port: number;
  /** When each connection was made, by `performance.now()`. */
  readonly connections: number[];
  /** Messages that were answered with 250. */
  readonly accepted: ReceivedMail[];
  /** Messages that were read to their final dot, whatever was answered. */
  readonly received: ReceivedMail[];
  stop(): Promise<void>;
}

const accepting: Readonly<Record<SmtpStage, string>> = {
  greeting: '220 script.example ESMTP\r\n',
  hello: '250-script.example\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 SIZE 10485760\r\n',
  auth: '235 2.7.0 Welcome\r\n',
  sender: '250 2.1.0 Ok\r\n',
  recipient: '250 2.1.5 Ok\r\n',
  data: '354 Go on\r\n',
  message: '250 2.0.0 Ok: queued\r\n',
};

const stageOf: readonly [RegExp, SmtpStage][] = [
  [/^(?:EHLO|HELO)\b/i, 'hello'],
  [/^AUTH\b/i, 'auth'],
  [/^MAIL FROM:/i, 'sender'],
  [/^RCPT TO:/i, 'recipient'],
  [/^DATA$/i, 'data'],
];

const addressIn = (line: string) => /<([^>]*)>/.exec(line)?.[1] ?? '';
const endOfMessage = '\r\n.\r\n';

/** An SMTP server that answers as it is told at every stage: any code, silence, a drip, a lost connection. */
export async function startSmtpScript({ port = 0 } = {}): Promise<SmtpScript> {
  const sockets = new Set<Socket>();
  const script = {
    act: (() => undefined) as SmtpScript['act'],
    resetBodyAfter: undefined as number | undefined,
    connections: [] as number[],
    accepted: [] as ReceivedMail[],
    received: [] as ReceivedMail[],
  };

  /** Does what the script says; true where the session goes on as if nothing were wrong. */
  const perform = async (
    socket: Socket,
    stage: SmtpStage,
    line: string,
    session: number,
  ): Promise<boolean> => {
    const act = await script.act(stage, { line, session });
    if (act === undefined) return socket.write(accepting[stage]) || true;
    if (act === 'close') socket.end();
    if (act === 'reset') socket.resetAndDestroy();
    if (typeof act === 'string') return false;
    for (const piece of act.dripMs ? `${act.code} ${act.text}\r\n` : [`${act.code} ${act.text}\r\n`]) {
      if (act.dripMs) await delay(act.dripMs);
      if (socket.destroyed) return false;
      socket.write(piece);
    }
    return false;
  };

  const serve = async (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    script.connections.push(performance.now());
    const session = script.connections.length;
    let [from, to] = ['', [] as string[]];
    let body: string | undefined;
    let buffered = '';
    await perform(socket, 'greeting', '', session);

    const takeMessage = async () => {
      const end = `\r\n${buffered}`.indexOf(endOfMessage);
      if (script.resetBodyAfter !== undefined && buffered.length >= script.resetBodyAfter) {
        socket.resetAndDestroy();
      } else if (end >= 0) {
        const source = buffered.slice(0, end).replace(/^\.\./gm, '.');
        buffered = buffered.slice(end + endOfMessage.length - 2);
        body = undefined;
        const mail = { from, to, source };
        script.received.push(mail);
        if (await perform(socket, 'message', '', session)) script.accepted.push(mail);
        return true;
      }
      return false;
    };
    const takeCommand = async () => {
      const end = buffered.indexOf('\r\n');
      if (end < 0) return false;
      const line = buffered.slice(0, end);
      buffered = buffered.slice(end + 2);
      const stage = stageOf.find(([pattern]) => pattern.test(line))?.[1];
      if (stage === 'sender') [from, to] = [addressIn(line), []];
      if (!stage) socket.write(/^QUIT/i.test(line) ? '221 Bye\r\n' : '250 Ok\r\n');
      else if (await perform(socket, stage, line, session)) {
        if (stage === 'recipient') to.push(addressIn(line));
        if (stage === 'data') body = '';
      }
      if (/^QUIT/i.test(line)) socket.end();
      return true;
    };
    socket.setEncoding('latin1');
    for await (const chunk of socket) {
      buffered += chunk;
      while (await (body === undefined ? takeCommand() : takeMessage())) if (socket.destroyed) return;
    }
  };

  const server = createServer((socket) => void serve(socket).catch(() => {}));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const listensOn = (server.address() as AddressInfo).port;
  return Object.assign(script, {
    url: `smtp://127.0.0.1:${listensOn}`,
    port: listensOn,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}
