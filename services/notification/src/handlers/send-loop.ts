import { backoffDelay, createBell, type Part, pause } from '@meander/runtime';
import { withoutTracing } from '@meander/telemetry';
import { type SendNeeds, sendDelivery } from './send-delivery.ts';

/** Mails in hand at once; a little more than the relay's connections, so that none of them idles. */
const mostInHand = 8;
/** How often it looks without being woken, for retries that have come due, in milliseconds. */
const pollInterval = 1_000;

export interface SendLoop extends Part {
  /** There may be mail to send. */
  wake(): void;
}

/** Sends what is due for as long as it runs. Stopping finishes the mails in hand. */
export function createSendLoop(needs: SendNeeds & { settled: () => void }): SendLoop {
  const { logger } = needs;
  const bell = createBell();
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  let running = Promise.resolve();

  const send = (delivery: Parameters<typeof sendDelivery>[1]) => {
    const work = sendDelivery(needs, delivery)
      .then(needs.settled)
      .catch((err) =>
        logger.error({ err, delivery_id: delivery.id }, 'delivery not settled; its lease will run out'),
      )
      .finally(() => {
        inHand.delete(work);
        bell.ring();
      });
    inHand.add(work);
  };

  const loop = async () => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        const room = mostInHand - inHand.size;
        const claimed = room > 0 ? await withoutTracing(() => needs.queue.claim(room)) : [];
        failures = 0;
        for (const delivery of claimed) send(delivery);
        if (claimed.length < room || room === 0) await bell.wait(pollInterval);
      } catch (err) {
        failures += 1;
        if (failures === 1) logger.warn({ err }, 'no mail can be claimed, trying again');
        await pause(backoffDelay(failures), stopping.signal);
      }
    }
    await Promise.all(inHand);
  };

  return {
    wake: bell.ring,
    async start() {
      running = loop();
    },
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
    },
  };
}
