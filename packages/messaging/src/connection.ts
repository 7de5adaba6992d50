import type { Socket } from 'node:net';
import { distrust, type Logger, withDeadline } from '@meander/runtime';
import { type ChannelModel, connect, type RecoveringChannelModel } from 'amqplib';
import { writeTogether } from './write-together.ts';

export interface BrokerConnection {
  model: RecoveringChannelModel;
  /** `blocked`: connected, but the broker takes no messages (memory or disk alarm). */
  state(): 'up' | 'down' | 'blocked';
  close(): Promise<void>;
}

/** How the broker is reached: its URL, and the certificates (PEM) that vouch for it where they are not the system's. */
export interface BrokerAccess {
  url: string;
  ca?: string | undefined;
}

const connectTimeout = 5_000;
/** amqplib gives a silent broker up after two to three of these: readiness has to tell of it within 15 s. */
const heartbeatSeconds = 4;
const setupDeadline = 10_000;
const closeDeadline = 2_000;

/** The URL with a heartbeat, so that a frozen broker is noticed, unless the URL sets its own. */
function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(heartbeatSeconds));
  return parsed.href;
}

/** amqplib's types leave out the socket of a connection, which is there as `stream`; amqplib's version is pinned exactly. */
const socketOf = ({ connection }: ChannelModel) =>
  (connection as typeof connection & { stream: Socket }).stream;

/**
 * One connection for a command that runs and ends. Nothing is tried again: where the broker is away, or goes away
 * meanwhile, the person who waits is told.
 */
export async function connectOnce({ url, ca }: BrokerAccess, name: string): Promise<ChannelModel> {
  const model = await connect(withHeartbeat(url), {
    noDelay: true,
    timeout: connectTimeout,
    ...(ca ? { ca } : {}),
    clientProperties: { connection_name: name },
  });
  // A loss shows in what is asked of it next; an event without a listener would end the process.
  model.on('error', () => {});
  return model;
}

/**
 * Keeps one connection to the broker for as long as the process wants it: it need not be there yet, and is
 * made again with jittered backoff whenever it is lost. Publishing and consuming use one each, so that an
 * alarm of the broker blocks only the former.
 *
 * @param setup runs on every new connection before it counts as up; if it fails, the connection is made again.
 */
export async function openConnection({
  url,
  ca,
  name,
  logger,
  setup = async () => {},
}: BrokerAccess & {
  name: string;
  logger: Logger;
  setup?: (model: ChannelModel) => Promise<void>;
}): Promise<BrokerConnection> {
  let state: 'up' | 'down' | 'blocked' = 'down';
  let announced = false;
  const model = await connect(withHeartbeat(url), {
    noDelay: true,
    keepAlive: true,
    timeout: connectTimeout,
    ...(ca ? { ca } : {}),
    clientProperties: { connection_name: name },
    recovery: {
      initialDelay: 200,
      maxDelay: 5_000,
      jitter: 0.5,
      waitForConnect: false,
      setup: async (fresh: ChannelModel) => {
        writeTogether(socketOf(fresh));
        // During setup nobody else listens yet: an `error` without a listener ends the process, and a loss that
        // nobody noticed would leave a dead connection that counts as up.
        let lost = false;
        fresh.on('error', () => {});
        fresh.on('close', () => {
          lost = true;
        });
        await withDeadline(setup(fresh), setupDeadline);
        if (lost) throw new Error('connection lost during setup');
      },
    },
  });
  model.on('error', () => {});
  model.on('connect', () => {
    state = 'up';
    announced = false;
    logger.info({ connection: name }, 'broker connected');
  });
  const lost = (err: Error) => {
    state = 'down';
    const untrusted = distrust(err, 'broker', 'AMQP');
    if (!announced) logger.warn({ connection: name, err }, untrusted ?? 'broker away, trying again');
    announced = true;
  };
  model.on('disconnect', lost);
  model.on('connect-failed', lost);
  model.on('blocked', () => {
    state = 'blocked';
    logger.warn({ connection: name }, 'broker blocks publishing');
  });
  model.on('unblocked', () => {
    state = 'up';
  });
  return {
    model,
    state: () => state,
    close: () => withDeadline(model.close(), closeDeadline).catch(() => {}),
  };
}
