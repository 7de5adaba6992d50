import type { Database } from '@meander/runtime';
import { count, observe, startAtZero } from '@meander/telemetry';
import type { PauseReason } from '../domain/outcome.ts';

/** `sent` and `suppressed` only grow and are left to the counter; these are few, and an index holds them. */
const openStates = ['pending', 'sending', 'retrying', 'failed'] as const;

const pauseReasons: readonly PauseReason[] = ['away', 'refused', 'login', 'tls', 'dns'];

/** Makes the outcomes that alerts ask for visible before the first of them. */
export function startCountingDeliveries(): void {
  startAtZero(
    count.delivery,
    { template: 'confirmation', state: 'sent', outcome: 'accepted' },
    { template: 'confirmation', state: 'retrying', outcome: 'deferred' },
    { template: 'confirmation', state: 'failed', outcome: 'rejected' },
  );
  startAtZero(count.mailPause, ...pauseReasons.map((reason) => ({ reason })));
}

/** How many mails are on their way or have failed, by state. */
export function observeDeliveries(db: Database): void {
  observe(
    ['deliveriesOpen'],
    async () => {
      const rows: { state: string; count: string }[] = await db('notification.deliveries')
        .select('state')
        .count('* as count')
        .whereIn('state', [...openStates])
        .whereRaw('lead_id <> ALL (ARRAY(SELECT lead_id FROM synthetic_leads))')
        .groupBy('state');
      const counts = new Map(rows.map(({ state, count }) => [state, Number(count)]));
      return {
        deliveriesOpen: openStates.map((state) => ({ value: counts.get(state) ?? 0, labels: { state } })),
      };
    },
    { freshFor: 10_000 },
  );
}
