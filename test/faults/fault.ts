import type { Load } from './load/load.ts';
import type { World } from './world/world.ts';

/** What a row of the table has at hand while it runs. */
export interface Row {
  world: World;
  load: Load;
  long: boolean;
  /** The commit of the older version that was asked for. */
  old: string | undefined;
  /** Notes a figure for the table, in milliseconds. With a promise: it may not be exceeded, machine's noise aside. */
  time(what: string, milliseconds: number, promise?: number): void;
  /** Notes any other figure for the table. */
  note(text: string): void;
  /** Breaks the row where it does not hold. */
  expect(holds: boolean, otherwise: string): void;
  /** So many second copies of mails are within the promise: kills × what a sender has in hand. */
  allowCopies(most: number): void;
  /** What undoes the fault, done when `inject` has ended, however it ended; the last one first. */
  heal(work: () => Promise<void> | void): void;
  /** Waits for a while of fault, in seconds; four times as long in the long form. */
  hold(seconds: number): Promise<void>;
}

/** One fault: how it is brought about and ended, and what is right while it lasts and afterwards. */
export interface Fault {
  /** As `--only` takes it. */
  name: string;
  /** One line for the table: what happens. */
  what: string;
  /** Ids of test/cases that it covers. */
  cases?: readonly string[];
  /**
   * What a booking may be answered meanwhile. `taken` (the default): every one is accepted within two seconds;
   * `refused`: the database is away, so 503 with Retry-After is right as well; `broken`: besides, the process that
   * answers is killed, and the connection with it.
   */
  answers?: 'taken' | 'refused' | 'broken';
  /** Why it cannot be tried here, or undefined. */
  impossible?: (world: World, options: Pick<Row, 'old'>) => string | undefined;
  /** In the long form alone. */
  long?: true;
  /** Brings it about, says by `row.heal` what undoes it, and holds it. */
  inject(row: Row): Promise<void>;
  /** What must be right once it is healed, besides what holds for every row. */
  check?(row: Row): Promise<void>;
}
