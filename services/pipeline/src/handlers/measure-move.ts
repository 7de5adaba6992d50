import { allowedTransitions, type Status, statuses } from '@meander/lead';
import { count, recordDuration, startAtZero } from '@meander/telemetry';
import type { Lead } from '../domain/lead.ts';

/** Counts a move; the first one out of `new` is how soon sales answered. */
export function measureMove({ lead, from }: { lead: Lead; from: Status }): void {
  count.transition({ from, to: lead.status });
  if (from === 'new') {
    recordDuration('firstResponse', (lead.updated_at.getTime() - lead.created_at.getTime()) / 1000);
  }
}

/** Makes every possible move visible before it happens for the first time. */
export function startCountingMoves(): void {
  for (const from of statuses) {
    const moves = allowedTransitions(from, 'forward').map((to) => ({ from, to }));
    if (moves.length > 0) startAtZero(count.transition, ...moves);
  }
}
