/** Sends `basic.ack` or `basic.nack` to the publisher. */
export type SendConfirm = (name: 'BasicAck' | 'BasicNack', tag: number, multiple: boolean) => void;

/**
 * Publisher confirms of one channel. What is accepted within one turn of the event loop is confirmed
 * together, with `multiple`, like RabbitMQ does: a client that reads single acks only would otherwise work
 * here and hang there.
 */
export class Confirms {
  readonly #send: SendConfirm;
  #selected = false;
  #lastTag = 0;
  #accepted: { from: number; to: number } | undefined;

  constructor(send: SendConfirm) {
    this.#send = send;
  }

  select(): void {
    this.#selected = true;
  }

  /** To be called once for every publication, in order, when its fate is known. */
  settle(accepted: boolean): void {
    if (!this.#selected) return;
    this.#lastTag += 1;
    if (!accepted) {
      this.flush();
      this.#send('BasicNack', this.#lastTag, false);
    } else if (this.#accepted === undefined) {
      this.#accepted = { from: this.#lastTag, to: this.#lastTag };
      process.nextTick(() => this.flush());
    } else this.#accepted.to = this.#lastTag;
  }

  flush(): void {
    if (this.#accepted === undefined) return;
    const { from, to } = this.#accepted;
    this.#accepted = undefined;
    this.#send('BasicAck', to, to > from);
  }
}
