import type { Writable } from 'node:stream';

/**
 * Has `stream` hand on whatever is written to it in one turn of the event loop as one: amqplib writes each message and
 * each acknowledgement by itself, and a socket makes a system call of each, which wakes the broker for each. Order, and
 * what `write` answers about room, stay as they were; nothing waits longer than the turn.
 */
export function writeTogether(stream: Writable): void {
  const write = stream.write;
  const uncork = () => stream.uncork();
  stream.write = function (this: Writable, ...written: unknown[]) {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(uncork);
    }
    return Reflect.apply(write, stream, written);
  } as Writable['write'];
}
