import type { LeadEvent } from '@meander/lead';
import { type Attempts, mostDeaths } from '@meander/messaging';
import { createRounds, type Logger, type Part } from '@meander/runtime';
import { restoreTraceContext, type TraceContext, withSpan } from '@meander/telemetry';

/** An event that was committed and never reached us. */
export interface LostEvent {
  event: LeadEvent;
  trace: Partial<TraceContext>;
}

/** The outbox, compared with what we have seen. */
export interface LostEvents {
  /**
   * Finds the events that are old enough and were never seen, and hands them to `heal`, oldest first. One copy of the
   * service does so at a time; the others find nothing to do. What `heal` could not handle is found again. Ends early
   * where `stop` is raised. Tells how many were healed.
   */
  sweep(heal: (lost: LostEvent) => Promise<boolean>, stop: AbortSignal): Promise<number>;
}

/** How often it looks, in milliseconds. */
const interval = 60_000;

/**
 * Heals what the broker lost: an event that is 10 minutes old and has not been seen is read from the outbox
 * and handled as if it had arrived. It may still arrive, which then changes nothing. One that ends the process again
 * and again, here or at the consumer, is left alone in the end.
 */
export function createSweep({
  lostEvents,
  attempts,
  handle,
  logger,
}: {
  lostEvents: LostEvents;
  attempts: Attempts;
  handle: (event: LeadEvent) => Promise<void>;
  logger: Logger;
}): Part {
  /** Written down before it begins, as everything that may have ended a process. */
  const attempt = async (event: LeadEvent): Promise<boolean> => {
    if ((await attempts.begin(event.id)) >= mostDeaths) {
      await attempts.giveUp(event.id);
      logger.error(
        { event_id: event.id },
        'event from the outbox given up: processes ended while they handled it',
      );
      return false;
    }
    let handled = false;
    try {
      await handle(event);
      handled = true;
    } finally {
      await attempts.end(event.id, { handled }).catch(() => {});
    }
    return handled;
  };

  /** One event that cannot be handled must not keep the others waiting. */
  const heal = async ({ event, trace }: LostEvent): Promise<boolean> => {
    try {
      return await withSpan('sweep event', { parent: restoreTraceContext(trace) }, () => attempt(event));
    } catch (err) {
      logger.warn({ err, event_id: event.id }, 'event from the outbox not handled yet');
      return false;
    }
  };

  return createRounds({
    interval,
    async round(stop) {
      const healed = await lostEvents.sweep(heal, stop);
      if (healed > 0) logger.warn({ healed }, 'events had not arrived, read from the outbox');
      return healed > 0;
    },
    failed: (err) => logger.warn({ err }, 'sweep not finished, trying again'),
  });
}
