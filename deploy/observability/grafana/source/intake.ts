import { databasePanels, requestPanels } from './database-panels.ts';
import type { DashboardSpec } from './panels.ts';

const job = 'meander-intake';

/** Do bookings get in, and what is kept out. */
export const intake: DashboardSpec = {
  uid: 'meander-intake',
  title: 'intake',
  panels: [
    {
      title: 'Accepted, 1 h',
      description: 'Bookings taken in the last hour.',
      kind: 'stat',
      queries: [['sum(increase(meander_submissions_total{outcome="accepted"}[1h]))', '']],
    },
    {
      title: 'Quarantined, 24 h',
      description: 'Suspect submissions that wait for sales.',
      kind: 'stat',
      queries: [['sum(increase(meander_submissions_total{outcome="quarantined"}[24h]))', '']],
    },
    {
      title: 'Invalid, 24 h',
      description: 'Answered 422. Many at once: has a field of the form changed?',
      kind: 'stat',
      queries: [['sum(increase(meander_submissions_total{outcome="invalid"}[24h]))', '']],
    },
    {
      title: 'Limited, 24 h',
      description: 'Answered 429: more than five attempts an hour from one address.',
      kind: 'stat',
      queries: [['sum(increase(meander_submissions_total{outcome="rate_limited"}[24h]))', '']],
    },
    {
      title: 'Limited without Redis, 1 h',
      description: 'Attempts that each copy counted by itself because Redis was away.',
      kind: 'stat',
      limits: { red: 1 },
      queries: [['sum(increase(meander_limiter_fallback_total[1h]))', '']],
    },
    {
      title: 'Errors, 1 h',
      description: 'Share of posted bookings answered 5xx. The objective is 0.1 %.',
      kind: 'stat',
      unit: 'percentunit',
      limits: { amber: 0.001, red: 0.0144 },
      queries: [['meander:booking_errors:ratio1h', '']],
    },
    ...requestPanels(job),
    {
      title: 'Events published',
      description: 'What the broker has confirmed, per second, by whichever relay is the active one.',
      kind: 'timeseries',
      unit: 'ops',
      queries: [['meander:outbox_published:rate5m', 'published']],
    },
    {
      title: 'Events that wait',
      description: 'In the outbox, as any copy of any service sees it.',
      kind: 'timeseries',
      queries: [['max(meander_outbox_unpublished)', 'waiting']],
    },
    ...databasePanels(job),
  ],
};
