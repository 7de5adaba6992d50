import { type TraceContext, withBatchSpan } from '@meander/telemetry';
import { createMicroBatches, type MicroBatches } from './micro-batches.ts';
import { databaseFault } from './postgres.ts';

/** In one statement. */
const mostItems = 64;

/** A promise that may fail before anybody looks at it. */
function watched<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/**
 * Writes many items with one statement, and lets none suffer for another: an item that is `busy`, because
 * somebody else holds its row, goes alone and waits, while the others are done; one that the database refuses
 * fails alone, since the batch is written again in halves, without it in the end.
 *
 * @param execute writes the items, all or nothing, and tells one row an item, in their order; where it is not to
 *   wait for a row that is held, it leaves that item as it is and says `busy`
 * @returns a row for each item, or the promise of one for those that go by themselves
 */
async function writeBatch<Item, Row extends { outcome: string }>(
  items: readonly Item[],
  execute: (items: readonly Item[], wait: boolean) => Promise<readonly Row[]>,
): Promise<(Row | Promise<Row>)[]> {
  const writeAlone = async (item: Item): Promise<Row> => {
    const [row] = await execute([item], true);
    return row as Row;
  };
  try {
    const rows = await execute(items, false);
    return rows.map((row, index) =>
      row.outcome === 'busy' ? watched(writeAlone(items[index] as Item)) : row,
    );
  } catch (error) {
    if (databaseFault(error) !== 'refused' || items.length === 1) {
      return items.map(() => watched(Promise.reject<Row>(error)));
    }
    const middle = Math.ceil(items.length / 2);
    return [
      ...(await writeBatch(items.slice(0, middle), execute)),
      ...(await writeBatch(items.slice(middle), execute)),
    ];
  }
}

/** A row that has waited for its turn is not busy any more. */
type Written<Row extends { outcome: string }> = Exclude<Row, { outcome: 'busy' }>;

/**
 * Writes items by one statement for many (`createMicroBatches`, `writeBatch`), each statement in a span that serves the
 * traces of all.
 *
 * @param operation of SQL, in capitals
 * @param mostInFlight batches at once; more let one be written while another travels, and make each smaller
 * @param apart milliseconds between the beginnings of two, as in `BatchOptions`
 * @param execute as for `writeBatch`
 */
export function createBatchWriter<
  Item extends { trace: TraceContext | undefined },
  Row extends { outcome: string },
>({
  operation,
  table,
  mostInFlight,
  apart,
  keysOf,
  execute,
}: {
  operation: string;
  table: string;
  mostInFlight: number;
  apart?: number;
  keysOf: (item: Item) => readonly string[];
  execute: (items: readonly Item[], wait: boolean) => Promise<readonly Row[]>;
}): MicroBatches<Item, Written<Row>> {
  return createMicroBatches<Item, Written<Row>>({
    mostInFlight,
    mostItems,
    apart,
    keysOf,
    run: async (items) => {
      const rows = await withBatchSpan({ operation, table, traces: items.map(({ trace }) => trace) }, () =>
        writeBatch(items, execute),
      );
      return rows as (Written<Row> | Promise<Written<Row>>)[];
    },
  });
}
