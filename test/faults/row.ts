import { setTimeout as delay } from 'node:timers/promises';
import { type SmtpScript, waitUntil } from '@meander/testing';
import type { RowAccount } from './account/account.ts';
import type { Fault, Row } from './fault.ts';
import type { Load } from './load/load.ts';
import type { Noise } from './noise.ts';
import type { World } from './world/world.ts';

export interface Figure {
  what: string;
  milliseconds: number;
  promise?: number;
}

/** A row of the table. */
export interface RowResult {
  name: string;
  what: string;
  cases: readonly string[];
  /** Set where it could not be tried. */
  skipped?: string;
  /** Everything that is not as promised; empty where the row is passed. */
  faults: string[];
  figures: Figure[];
  notes: string[];
  /** The slowest answer to a booking, in milliseconds. */
  slowest: number;
  /** What was added to each promise in milliseconds for this machine. */
  noise: number;
  allowedCopies: number;
  seconds: number;
  account?: RowAccount;
}

/** Promises to whoever posts a booking, in milliseconds: while the database answers, and while it does not. */
const answerPromise = 2_000;
const refusalPromise = 15_000;
/** How long everything may take to flow again after a fault is healed, in seconds. */
const flowDeadline = 45;

function emptyResult({ name, what, cases = [] }: Fault): RowResult {
  return {
    ...{ name, what, cases, faults: [], figures: [], notes: [] },
    ...{ slowest: 0, noise: 0, allowedCopies: 0, seconds: 0 },
  };
}

/** A row that was left out, with the reason. */
export function notTried(fault: Fault, skipped: string): RowResult {
  return { ...emptyResult(fault), skipped };
}

/** Books once more, until that is accepted, and waits for its mail: the whole way is open. */
export async function untilFlowing(load: Load, smtp: SmtpScript): Promise<number> {
  const began = performance.now();
  const booking = await load.book();
  await waitUntil(
    'a booking is accepted',
    async () => {
      if (!booking.reference) await load.insist(booking.row);
      return booking.reference;
    },
    flowDeadline,
  );
  await waitUntil(
    'its mail is accepted',
    () => smtp.accepted.some(({ to }) => to.includes(booking.email)),
    flowDeadline,
  );
  return performance.now() - began;
}

/** Holds the first answers of the row's bookings to what was promised; tells the slowest. */
function judgeAnswers({ answers = 'taken' }: Fault, load: Load, name: string) {
  const faults = new Map<string, number>();
  const found = (what: string) => faults.set(what, (faults.get(what) ?? 0) + 1);
  let slowest = 0;
  for (const booking of load.bookings) {
    const [first] = booking.answers;
    if (booking.row !== name || !first) continue;
    if (first.kind === 'lost') {
      if (answers !== 'broken') found(`no answer (${first.reason})`);
      continue;
    }
    slowest = Math.max(slowest, first.milliseconds);
    if (first.status === 202) continue;
    if (first.status !== 503 || answers === 'taken') found(`answered with ${first.status}`);
    else if (!first.headers['retry-after']) found('503 without Retry-After');
  }
  return { slowest, faults: [...faults].map(([what, count]) => `${what} ×${count}`) };
}

/**
 * Runs one row: a little of the load by itself, the fault, its end, and whatever must be right then. A row never
 * throws: what goes wrong stands in its result.
 *
 * @param calm the slowest answer of this machine while nothing is wrong, in milliseconds; undefined for the row that
 *   finds it out
 */
export async function runRow(
  fault: Fault,
  {
    world,
    load,
    noise,
    long,
    old,
    calm,
  }: { world: World; load: Load; noise: Noise; calm: number | undefined } & Pick<Row, 'long' | 'old'>,
): Promise<RowResult> {
  const { name, answers = 'taken' } = fault;
  const result = emptyResult(fault);
  const skipped = fault.impossible?.(world, { old });
  if (skipped) return { ...result, skipped };

  const healing: (() => Promise<void> | void)[] = [];
  const row: Row = {
    world,
    load,
    long,
    old,
    time: (figure, milliseconds, promise) =>
      void result.figures.push({
        what: figure,
        milliseconds: Math.round(milliseconds),
        ...(promise === undefined ? {} : { promise }),
      }),
    note: (text) => void result.notes.push(text),
    expect: (holds, otherwise) => void (holds || result.faults.push(otherwise)),
    allowCopies: (most) => {
      result.allowedCopies += most;
    },
    heal: (work) => void healing.push(work),
    hold: (seconds) => delay(seconds * 1_000 * (long ? 4 : 1)),
  };
  const began = performance.now();
  noise.reset();
  load.enter(name);
  const step = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      result.faults.push(explain(error));
    }
  };
  await step(async () => {
    await row.hold(0.5);
    await fault.inject(row);
  });
  for (const undo of healing.reverse()) await step(async () => undo());
  await step(() => world.fullStrength());
  await step(async () => row.time('flows again', await untilFlowing(load, world.smtp)));
  await step(() => load.insist(name));
  await step(async () => fault.check?.(row));
  result.faults.push(...world.fleet.deserters());

  const judged = judgeAnswers(fault, load, name);
  result.faults.push(...judged.faults);
  result.slowest = judged.slowest;
  if (calm !== undefined)
    row.time('slowest answer', judged.slowest, answers === 'taken' ? answerPromise : refusalPromise);
  result.noise = noise.loopDelay() + (calm ?? 0);
  for (const { what: figure, milliseconds, promise } of result.figures)
    if (promise !== undefined && milliseconds > promise + result.noise)
      result.faults.push(`${figure} ${milliseconds} ms, promised ${promise} (noise ${result.noise})`);
  result.seconds = (performance.now() - began) / 1_000;
  return result;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`.slice(0, 400);
}
