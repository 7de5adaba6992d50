import { setImmediate } from 'node:timers/promises';
import { isId, type LeadEvent } from '@meander/lead';
import { databaseFault, type Part, Problem } from '@meander/runtime';
import type { Request, RequestHandler } from 'express';
import { EventClient, toFrame } from './event-client.ts';
import type { EventLog } from './event-log.ts';

/** In milliseconds: comments keep proxies from closing a silent stream; a sweep finds what the broker did not bring. */
const interval = { keepAlive: 15_000, sweep: 2_000 };
/** So many ids are remembered to tell an event once, by whichever way it comes. */
const mostRemembered = 20_000;
const mostSwept = 5_000;

const headers = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
};

export interface EventStream extends Part {
  open: RequestHandler;
  /** Tells every listener of this process, once for each event. */
  publish(event: LeadEvent): Promise<void>;
  /** Ends every stream; the listeners come back to another copy. */
  close(): void;
  /** How many listen. */
  size(): number;
}

/**
 * Server-sent events of all changes (ids, statuses and times, no personal data), at least once each. A client
 * that comes back with Last-Event-ID, to whichever copy, first gets what it has missed; if that is not known any
 * more it gets an event `resync`, and should load anew.
 *
 * @param recheck rejects once the caller's key does not hold any longer: asked with each keep-alive
 * @param keepAlive its interval in milliseconds
 */
export function createEventStream(
  log: EventLog,
  {
    recheck = async () => {},
    keepAlive: keepAliveInterval = interval.keepAlive,
  }: { recheck?: (req: Request) => Promise<unknown>; keepAlive?: number } = {},
): EventStream {
  const clients = new Set<EventClient>();
  const remembered = new Set<string>();
  let sweeping: NodeJS.Timeout | undefined;
  let sweptUntil: string | undefined;

  const publish = async (event: LeadEvent): Promise<void> => {
    if (remembered.has(event.id)) return;
    remembered.add(event.id);
    const [oldest] = remembered;
    if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
    const frame = toFrame(event);
    for (const client of clients) client.tell(event.id, frame);
  };

  /** What was published while our own queue was away, since the broker keeps nothing for it. */
  const sweep = async (): Promise<void> => {
    if (clients.size === 0) {
      sweptUntil = undefined;
      return;
    }
    sweptUntil ??= await log.now();
    const { events, until } = await log.publishedSince(sweptUntil, mostSwept);
    sweptUntil = until;
    for (const [index, event] of events.entries()) {
      // A client that reads must have the time to: what is unread is counted.
      if (index % 100 === 99) await setImmediate();
      await publish(event);
    }
    // More than is read back at once: each client comes again and reads on from where it is.
    if (events.length === mostSwept) for (const client of clients) client.end();
  };

  const keepAlive = async (client: EventClient, req: Request): Promise<void> => {
    client.comment('keep-alive');
    await recheck(req).catch((error) => {
      // Only a refusal ends the stream: a database that is away says nothing about the key.
      if (error instanceof Problem && error.status === 401) client.end();
    });
  };

  const open: RequestHandler = async (req, res) => {
    // An answer without a body is over with its headers: nobody listens to it, and the next one waits behind it.
    if (req.method === 'HEAD') {
      res.writeHead(200, headers).end();
      return;
    }
    const client = new EventClient(res);
    clients.add(client);
    const timer = setInterval(() => void keepAlive(client, req), keepAliveInterval);
    // A listener that hangs up closes its own side only: nothing else would end the stream before it is written to.
    const hangUp = () => client.cut();
    const forget = () => {
      clearInterval(timer);
      clients.delete(client);
      req.socket.off('end', hangUp);
    };
    res.once('close', forget);
    req.socket.once('end', hangUp);
    try {
      const lastId = req.get('last-event-id');
      const missed = isId(lastId) ? await log.since(lastId) : undefined;
      res.writeHead(200, headers);
      res.write('retry: 2000\n\n');
      if (missed) await client.catchUp(missed);
      else if (lastId) res.write('event: resync\ndata: {}\n\n');
      client.goLive();
    } catch (error) {
      forget();
      throw error;
    }
  };

  return {
    open,
    publish,
    size: () => clients.size,
    async start() {
      const again = () => {
        sweeping = setTimeout(() => {
          sweep()
            .catch((error) => {
              if (!databaseFault(error)) throw error;
            })
            .finally(() => sweeping && again());
        }, interval.sweep);
      };
      again();
    },
    async stop() {
      clearTimeout(sweeping);
      sweeping = undefined;
    },
    close() {
      for (const client of clients) client.end();
    },
  };
}
