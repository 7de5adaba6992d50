import type { PauseReason } from './outcome.ts';

const second = 1_000;

/** How the relay is asked whether it is back, and how sending begins again; milliseconds. */
export const relayPolicy = {
  /** The waits before the first, second, … probe of a relay that is away; the last one repeats. */
  probeWaits: [1 * second, 2 * second, 5 * second, 10 * second, 30 * second, 60 * second],
  /** Of a relay that refuses us: somebody has to act first, and many wrong logins lock an account. */
  refusedProbeWaits: [2 * second, 5 * second, 15 * second, 30 * second, 60 * second, 300 * second],
  /** Waits are shortened by up to this share, so that several copies do not knock together. */
  spread: 0.2,
  /** After a pause sending begins at so many mails a second, … */
  firstPerSecond: 5,
  /** … doubles in each of these spans, … */
  doublesEvery: 5 * second,
  /** … and is free again after this. */
  freeAfter: 60 * second,
} as const;

/** Whether mail may be handed to the relay. Times are Unix milliseconds. */
export type RelayHealth =
  | {
      kind: 'up';
      /** When the last pause ended; null before there was one. */
      since: number | null;
      /** How many probes that pause took, until the relay has taken a mail: it may answer a probe and refuse every mail. */
      unproven: number;
    }
  | { kind: 'paused'; reason: PauseReason; probes: number; probeAt: number };

export const healthy: RelayHealth = { kind: 'up', since: null, unproven: 0 };

function paused(reason: PauseReason, probes: number, now: number, random: number): RelayHealth {
  const { probeWaits, refusedProbeWaits, spread } = relayPolicy;
  const waits = reason === 'away' ? probeWaits : refusedProbeWaits;
  const wait = waits[Math.min(probes, waits.length - 1)] ?? 60 * second;
  return { kind: 'paused', reason, probes, probeAt: now + wait * (1 - spread * random) };
}

/**
 * The relay has failed a mail, or a probe. A mail that fails in a pause was begun before it and tells nothing
 * new; a probe lengthens the wait, as does a pause that follows another without a mail between them.
 */
export function afterFault(
  health: RelayHealth,
  { reason, probe, now, random }: { reason: PauseReason; probe: boolean; now: number; random: number },
): RelayHealth {
  if (health.kind === 'up') return paused(reason, health.unproven, now, random);
  return probe ? paused(reason, health.probes + 1, now, random) : health;
}

/** A probe was answered. */
export function afterAnswer(health: RelayHealth, now: number): RelayHealth {
  return health.kind === 'paused' ? { kind: 'up', since: now, unproven: health.probes + 1 } : health;
}

/** The relay has taken a mail. */
export function afterMail(health: RelayHealth): RelayHealth {
  return health.kind === 'up' && health.unproven > 0 ? { ...health, unproven: 0 } : health;
}

/**
 * How many mails may have been begun since the last pause ended: a backlog must not fall on a relay that has
 * just come back.
 */
export function allowedByNow(health: RelayHealth, now: number): number {
  if (health.kind === 'paused') return 0;
  if (health.since === null) return Number.POSITIVE_INFINITY;
  const { firstPerSecond, doublesEvery, freeAfter } = relayPolicy;
  const elapsed = now - health.since;
  if (elapsed >= freeAfter) return Number.POSITIVE_INFINITY;
  return 1 + Math.floor(((firstPerSecond * doublesEvery) / second) * (2 ** (elapsed / doublesEvery) - 1));
}
