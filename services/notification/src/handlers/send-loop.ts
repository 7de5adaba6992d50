import { backoffDelay, createBell, type Part, pause } from '@meander/runtime';
import { withoutTracing } from '@meander/telemetry';
import type { ClaimedDelivery } from '../domain/delivery.ts';
import type { RelayGate } from './relay-gate.ts';
import { type SendNeeds, sendDelivery } from './send-delivery.ts';

/**
 * Mails in hand at once, by the connections to the relay: those that are to be sent, and as many that were and wait to be
 * settled together. A sender that is killed leaves the latter to be sent once more.
 */
export const mostInHand = (connections: number) => 6 * connections;
/**
 * Of these, mails to be sent: what the connections carry, and those that come next, so that none idles while more are
 * claimed. A mail waits its turn with what was true when it was claimed, so no more than that.
 */
export const mostUnsent = (connections: number) => 3 * connections;
/** No more is claimed while more than this is to be sent, so that one claim brings many. */
const enoughUnsent = (connections: number) => 1.5 * connections;

/** Milliseconds. */
const interval = {
  /** How often it looks without being woken, for retries that have come due. */
  poll: 1_000,
  /** How often the leases of what is in hand are renewed; several times within a lease. */
  renew: 2_000,
};
/** How long a stop lets the mails in hand finish before it breaks them off, in milliseconds. */
const stopGrace = 4_000;

export interface SendLoop extends Part {
  /** There may be mail to send. */
  wake(): void;
}

/**
 * Sends what is due for as long as it runs. Stopping finishes the mails in hand; one that takes too long is
 * broken off, and tried again unless its final dot was on its way.
 */
export function createSendLoop(
  needs: SendNeeds & { gate: RelayGate; connections: number; settled: () => void },
): SendLoop {
  const { logger, queue, gate, connections } = needs;
  const bell = createBell();
  const stopping = new AbortController();
  const breakOff = new AbortController();
  const inHand = new Map<ClaimedDelivery, Promise<void>>();
  const unsent = new Set<ClaimedDelivery>();
  /** Whether more may be due than the last round had room for. */
  let mayBeMore = true;
  let running = Promise.resolve();
  let renewing: NodeJS.Timeout | undefined;

  const send = (delivery: ClaimedDelivery) => {
    const leaveConnection = () => {
      unsent.delete(delivery);
      if (mayBeMore) bell.ring();
    };
    unsent.add(delivery);
    const work = sendDelivery(needs, delivery, breakOff.signal, leaveConnection)
      .then((outcome) => {
        gate.report(outcome);
        needs.settled();
      })
      .catch((err) =>
        logger.error({ err, delivery_id: delivery.id }, 'delivery not settled; its lease will run out'),
      )
      .finally(() => {
        inHand.delete(delivery);
        leaveConnection();
        // The next mail about the same demo waits for this one.
        if (delivery.demo_sequence !== null) bell.ring();
      });
    inHand.set(delivery, work);
  };

  const renew = async () => {
    try {
      await withoutTracing(() => queue.renew([...inHand.keys()]));
    } catch (err) {
      logger.warn({ err }, 'leases not renewed');
    }
  };

  /** Claims and begins as much as there is room for; false where there is nothing more to do for now. */
  const round = async (): Promise<boolean> => {
    void gate.probeIfDue().then((isBack) => isBack && bell.ring());
    const isEnough = unsent.size > enoughUnsent(connections);
    const room = isEnough
      ? 0
      : Math.min(mostUnsent(connections) - unsent.size, mostInHand(connections) - inHand.size, gate.room());
    const claimed = room > 0 ? await withoutTracing(() => queue.claim(room, [...inHand.keys()])) : [];
    gate.begun(claimed.length);
    for (const delivery of claimed) send(delivery);
    mayBeMore = claimed.length === room;
    return room > 0 && mayBeMore;
  };

  const loop = async () => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        const more = await round();
        failures = 0;
        if (!more) await bell.wait(interval.poll);
      } catch (err) {
        failures += 1;
        if (failures === 1) logger.warn({ err }, 'no mail can be claimed, trying again');
        await pause(backoffDelay(failures), stopping.signal);
      }
    }
    const breaking = setTimeout(() => breakOff.abort(), stopGrace);
    await Promise.all(inHand.values());
    clearTimeout(breaking);
  };

  return {
    wake: bell.ring,
    async start() {
      renewing = setInterval(() => inHand.size > 0 && void renew(), interval.renew);
      running = loop();
      void gate.probeFirst();
    },
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
      clearInterval(renewing);
    },
  };
}
