import { accountFor, type Evidence, findUnexpected } from './account/account.ts';
import { readRecords } from './account/records.ts';
import type { Fault } from './fault.ts';
import { startLoad } from './load/load.ts';
import { listenForNoise } from './noise.ts';
import type { Options } from './options.ts';
import { refusedAddress } from './refused.ts';
import { notTried, type RowResult, runRow, untilFlowing } from './row.ts';
import { settle } from './settle.ts';
import { startWorld, type World } from './world/world.ts';

export interface Round {
  servers: string[];
  rows: RowResult[];
  /** There, and nobody asked for it. */
  unexpected: string[];
  /** What is not right of the round as a whole. */
  faults: string[];
  seconds: number;
}

function gather(world: World, records: Evidence['records']): Evidence {
  return {
    records,
    seen: world.observer.seen,
    mails: world.smtp.accepted.flatMap(({ to, source }) => {
      const messageId = /^Message-ID: (.+)$/im.exec(source)?.[1]?.trim() ?? '';
      return to.map((address) => ({ messageId, to: address }));
    }),
    refused: (email) => email.startsWith(refusedAddress),
  };
}

/** The bounded form begins no row later than this, in seconds: what is left out stands in the table. */
const budget = 480;

/** Runs the rows one after the other in one world under one load, and draws up the account at the end. */
export async function runRound(
  faults: readonly Fault[],
  options: Pick<Options, 'long' | 'broker' | 'perSecond' | 'old'>,
  tell: (line: string) => void,
): Promise<Round> {
  const began = performance.now();
  const { long, old } = options;
  const world = await startWorld(options.broker);
  const noise = listenForNoise();
  const load = startLoad(world.fleet, {
    perSecond: options.perSecond,
    secret: world.secret,
  });
  const round: Round = { servers: world.description, rows: [], unexpected: [], faults: [], seconds: 0 };
  try {
    tell(
      `On ${world.description.join(', ')}; ready after ${Math.round((performance.now() - began) / 1000)} s`,
    );
    await untilFlowing(load, world.smtp);
    let calm: number | undefined;
    for (const fault of faults) {
      const seconds = (performance.now() - began) / 1_000;
      if (!long && seconds > budget) {
        round.rows.push(notTried(fault, `${Math.round(seconds)} s had passed`));
        continue;
      }
      const result = await runRow(fault, { world, load, noise, long, old, calm });
      calm ??= result.slowest;
      round.rows.push(result);
      tell(`  ${result.name}: ${result.seconds.toFixed(1)} s ${result.skipped ?? result.faults.join('; ')}`);
    }
    const left = await settle(world, load);
    if (left) round.faults.push(`not all has arrived ${left}`);
    const evidence = gather(world, await readRecords(world.database.db));
    for (const result of round.rows) {
      const { name } = result;
      const account = accountFor(
        load.bookings.filter(({ row }) => row === name),
        load.moves.filter(({ row }) => row === name),
        evidence,
      );
      result.account = account;
      for (const kind of ['lost', 'duplicated'] as const)
        if (account[kind].length > 0)
          result.faults.push(`${kind}: ${account[kind].slice(0, 3).join('; ')} (${account[kind].length})`);
      if (account.mailCopies > result.allowedCopies)
        result.faults.push(`${account.mailCopies} second copies of mails, at most ${result.allowedCopies}`);
    }
    round.unexpected.push(...findUnexpected(load.bookings, evidence));
    round.faults.push(...world.fleet.deserters());
  } finally {
    noise.stop();
    await load.stop();
    await world.end();
    round.seconds = (performance.now() - began) / 1_000;
  }
  return round;
}
