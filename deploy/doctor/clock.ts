import { type Finding, findingsOf } from './finding.ts';

/** The clock of another machine, and ours in the middle of the question; Unix milliseconds. */
export interface Clock {
  theirs: number;
  ours: number;
  /** By how much the answer may be off by itself. */
  uncertainty: number;
}

/** More than this, and times of two machines cannot be compared any more; milliseconds. */
const tolerated = 2_000;

/** Judges how far another machine's clock is from this one's. */
export function judgeClock(whose: string, { theirs, ours, uncertainty }: Clock): Finding {
  const { ok, fault } = findingsOf('clocks');
  const off = theirs - ours;
  const seconds = (Math.abs(off) / 1000).toFixed(1);
  if (Math.abs(off) - uncertainty <= tolerated) return ok(`${whose} agrees with the clock of this machine.`);
  return fault(
    `The clock of ${whose} is ${seconds} s ${off > 0 ? 'ahead of' : 'behind'} this machine's.`,
    'Let both follow a time server (chrony, systemd-timesyncd); look at the one that is wrong first.',
  );
}
