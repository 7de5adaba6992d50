import type { Status } from './fields.ts';
import { statuses } from './fields.ts';

/**
 * `forward`: any later stage, so that a lead can be lost, or book its demo, at first contact.
 * `stepwise`: the next stage only, and `lost` from any open one.
 */
export const transitionPolicies = ['forward', 'stepwise'] as const;
export type TransitionPolicy = (typeof transitionPolicies)[number];

export type TransitionDecision = { ok: true } | { ok: false; from: Status; to: Status; allowed: Status[] };

/** How far along a status is; the two ends of the pipeline stand side by side. */
const stage: Readonly<Record<Status, number>> = {
  new: 0,
  contacted: 1,
  qualified: 2,
  demo_scheduled: 3,
  converted: 4,
  lost: 4,
};

/** Reads a status from outside: exactly one of ours, else undefined (rule `status_enum_constraint`). */
export function parseStatus(value: unknown): Status | undefined {
  return statuses.find((status) => status === value);
}

/** True for `converted` and `lost`, which nothing leaves. */
export function isFinal(status: Status): boolean {
  return allowedTransitions(status, 'forward').length === 0;
}

/**
 * The statuses that a lead may move to, in the order of the pipeline (seed rule
 * `status_transition_ordering`). Never an earlier one, never the same, none from a final one.
 */
export function allowedTransitions(from: Status, policy: TransitionPolicy): Status[] {
  const later = statuses.filter((to) => stage[to] > stage[from]);
  if (policy === 'forward') return later;
  return later.filter((to) => to === 'lost' || stage[to] === stage[from] + 1);
}

/** Decides one move; a refusal tells what would have been allowed (the 409 of the pipeline API). */
export function decideTransition(from: Status, to: Status, policy: TransitionPolicy): TransitionDecision {
  const allowed = allowedTransitions(from, policy);
  return allowed.includes(to) ? { ok: true } : { ok: false, from, to, allowed };
}
