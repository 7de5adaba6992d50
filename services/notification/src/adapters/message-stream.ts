import { Readable } from 'node:stream';

/** How many turns of the event loop the end of a message waits, in which a lost connection is heard of. */
const turnsBeforeEnd = 4;

/**
 * The message, once it is asked for, and a moment later its end: where a server breaks off at once in the middle of it,
 * the final dot has not gone out, and the mail is known not to be accepted.
 */
export function messageStream(source: Buffer): Readable {
  let isGiven = false;
  const message = new Readable({
    read() {
      if (isGiven) end(turnsBeforeEnd);
      else message.push(source);
      isGiven = true;
    },
  });
  const end = (turns: number): void => {
    if (turns === 0) message.push(null);
    else setImmediate(end, turns - 1);
  };
  return message;
}
