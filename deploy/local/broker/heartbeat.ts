/**
 * The heartbeat of one connection, both ways: a sign of life each half interval, and an end to a peer that
 * gave none for two intervals.
 *
 * Silence is counted in ticks rather than by the clock: when this process was busy or asleep, what the peer
 * sent meanwhile is still in the socket, and a late timer must not take it for dead before that was read.
 */
export class Heartbeat {
  #timer: NodeJS.Timeout | undefined;
  #silentTicks = 0;

  /** `interval` in seconds; 0 means that no heartbeat was agreed on. */
  start(interval: number, { beat, expire }: { beat: () => void; expire: () => void }): void {
    if (interval === 0) return;
    this.#timer = setInterval(() => {
      this.#silentTicks += 1;
      if (this.#silentTicks > 4) expire();
      else beat();
    }, interval * 500);
  }

  /** To be called whenever anything was received. */
  heard(): void {
    this.#silentTicks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
