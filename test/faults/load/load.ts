import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from '../world/fleet.ts';
import { type Booking, createBooking, toRequest } from './booking.ts';
import { createRotation, send } from './http.ts';
import { type Move, tryMove } from './move.ts';

/** Visitors who book and sales who move leads on, for as long as the suite runs. */
export interface Load {
  readonly bookings: readonly Booking[];
  readonly moves: readonly Move[];
  /** From here on, what is begun belongs to this row. */
  enter(row: string): void;
  /** One booking besides the stream, for rows that need a certain one. */
  book(email?: string): Promise<Booking>;
  /** Stops the stream until `resume`. */
  pause(): void;
  resume(): void;
  /** Resolves when nothing of the row is under way. */
  quiet(row: string): Promise<void>;
  /** Tries again, with the same key, whatever of the row was not accepted: visitors press the button again. */
  insist(row: string): Promise<void>;
  stop(): Promise<void>;
}

/** One mailbox gets at most three confirmations a day: an address books no more often than that. */
const mostOfOneAddress = 3;
/** Of ten turns: so many book anew, so many book again, and the rest are three posts of one address at once. */
const share = { anew: 6, again: 3 };
/** So often a person presses the button again. */
const mostTries = 5;
/** Every so manieth turn sales moves a lead. */
const moveEvery = 5;

/**
 * @param perSecond turns a second; each is a booking, or three
 * @param secret a key of the sales API
 */
export function startLoad(fleet: Fleet, { perSecond, secret }: { perSecond: number; secret: string }): Load {
  const bookings: Booking[] = [];
  const moves: Move[] = [];
  const underWay = new Map<Promise<void>, string>();
  const rotate = createRotation();
  let row = 'start';
  let paused = false;
  let stopped = false;

  const urls = (name: 'intake' | 'pipeline') => rotate(fleet.of(name)).map(({ url }) => url);

  const attempt = async (booking: Booking) => {
    const answer = await send(urls('intake'), '/leads', toRequest(booking));
    booking.answers.push(answer);
    if (answer.kind === 'answered' && answer.status === 202)
      booking.reference = (JSON.parse(answer.body) as { masked_ref: string }).masked_ref;
  };

  const track = (work: Promise<void>, of: string) => {
    const tracked: Promise<void> = work.finally(() => underWay.delete(tracked));
    underWay.set(tracked, of);
    return tracked;
  };

  const begin = (booking: Booking) => {
    bookings.push(booking);
    return track(attempt(booking), booking.row);
  };

  /** An address of this row that may book once more. */
  const known = (): string | undefined => {
    const counts = new Map<string, number>();
    for (const booking of bookings)
      if (booking.row === row) counts.set(booking.email, (counts.get(booking.email) ?? 0) + 1);
    const candidates = bookings.filter(
      (booking) =>
        booking.row === row && booking.reference && (counts.get(booking.email) ?? 0) < mostOfOneAddress,
    );
    return candidates[Math.floor(Math.random() * candidates.length)]?.email;
  };

  const move = () => {
    const taken = new Set(moves.map(({ reference }) => reference));
    const booking = bookings.find(
      (one) => one.row === row && one.reference !== undefined && !taken.has(one.reference),
    );
    if (!booking?.reference) return;
    const made: Move = { row, reference: booking.reference, moved: false, answers: [] };
    moves.push(made);
    void track(tryMove(made, urls('pipeline'), secret), row);
  };

  const turn = (count: number) => {
    const draw = count % 10;
    if (draw < share.anew) void begin(createBooking(row, 'new'));
    else if (draw < share.anew + share.again) {
      const email = known();
      void begin(createBooking(row, email ? 'rebooked' : 'new', email));
    } else {
      const first = createBooking(row, 'parallel');
      void begin(first);
      for (let more = 1; more < mostOfOneAddress; more += 1)
        void begin(createBooking(row, 'parallel', first.email));
    }
    if (count % moveEvery === 0) move();
  };

  const stream = async () => {
    for (let count = 1; !stopped; count += 1) {
      if (!paused) turn(count);
      await delay((1_000 / perSecond) * (0.5 + Math.random()));
    }
  };
  const streaming = stream();

  const quiet = async (of: string) => {
    await Promise.all([...underWay].filter(([, one]) => one === of).map(([work]) => work));
  };
  return {
    bookings,
    moves,
    enter(next) {
      row = next;
    },
    async book(email) {
      const booking = createBooking(row, email ? 'rebooked' : 'new', email);
      await begin(booking);
      return booking;
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
    },
    quiet,
    async insist(of) {
      await quiet(of);
      for (let time = 0; time < mostTries; time += 1) {
        const open = bookings.filter((booking) => booking.row === of && !booking.reference);
        const unmoved = moves.filter((one) => one.row === of && !one.moved);
        if (open.length + unmoved.length === 0) return;
        if (time > 0) await delay(1_000);
        await Promise.all(open.map(attempt));
        await Promise.all(unmoved.map((one) => tryMove(one, urls('pipeline'), secret)));
      }
    },
    async stop() {
      stopped = true;
      await streaming;
      await Promise.all(underWay.keys());
    },
  };
}
