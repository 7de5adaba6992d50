import { isId, type LeadEvent } from '@meander/lead';
import type { RequestHandler, Response } from 'express';

/** Where missed events are read back from. */
export interface EventLog {
  /** The events after the one with this id, oldest first; empty where it is unknown. */
  since(eventId: string): Promise<LeadEvent[]>;
}

/** Comments at this interval keep proxies from closing a silent stream, in milliseconds. */
const keepAliveInterval = 15_000;

const frame = (event: LeadEvent) =>
  `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** One listener; what it has been sent while it caught up is not sent twice. */
interface Client {
  res: Response;
  waiting: LeadEvent[] | undefined;
}

/**
 * Server-sent events of all changes (ids, statuses and times, no personal data). A client that comes back
 * with Last-Event-ID first gets what it has missed.
 */
export function createEventStream(log: EventLog) {
  const clients = new Set<Client>();

  const open: RequestHandler = async (req, res) => {
    const client: Client = { res, waiting: [] };
    clients.add(client);
    const keepAlive = setInterval(() => res.write(': keep-alive\n\n'), keepAliveInterval);
    res.once('close', () => {
      clearInterval(keepAlive);
      clients.delete(client);
    });
    const lastId = req.get('last-event-id') ?? '';
    try {
      const missed = isId(lastId) ? await log.since(lastId) : [];
      res.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      });
      res.write('retry: 2000\n\n');
      const seen = new Set(missed.map(({ id }) => id));
      const meanwhile = (client.waiting ?? []).filter(({ id }) => !seen.has(id));
      client.waiting = undefined;
      for (const event of [...missed, ...meanwhile]) res.write(frame(event));
    } catch (error) {
      clients.delete(client);
      clearInterval(keepAlive);
      throw error;
    }
  };

  return {
    open,
    /** Tells every listener of this process. */
    async publish(event: LeadEvent): Promise<void> {
      for (const { res, waiting } of clients) {
        if (waiting) waiting.push(event);
        else res.write(frame(event));
      }
    },
    /** Ends every stream; the listeners come back to another copy. */
    close(): void {
      for (const { res } of clients) res.end();
    },
  };
}

export type EventStream = ReturnType<typeof createEventStream>;
