import { databasePanels } from './database-panels.ts';
import type { DashboardSpec } from './panels.ts';

const job = 'meander-notification';

/** Do mails get out, how soon, and what the mail server says. */
export const notification: DashboardSpec = {
  uid: 'meander-notification',
  title: 'notification',
  panels: [
    ...(
      [
        ['pending', 'Recorded, and not tried yet.', 50],
        ['sending', 'In hand of a sender.', 50],
        ['retrying', 'The server asked for patience, or was away.', 20],
        ['failed', 'Refused for good, or given up after 72 hours. The API can send them again.', 1],
      ] as const
    ).map(
      ([state, description, red]) =>
        ({
          title: `Mails ${state}`,
          description,
          kind: 'stat',
          limits: { red },
          queries: [[`max(meander_deliveries_open{state="${state}"})`, '']],
        }) as const,
    ),
    {
      title: 'Later than a minute, 1 h',
      description: 'Share of accepted bookings without a confirmation within 60 s. The objective is 1 %.',
      kind: 'stat',
      unit: 'percentunit',
      limits: { amber: 0.01, red: 0.144 },
      queries: [['meander:mail_late:ratio1h', '']],
    },
    {
      title: 'Consumers',
      description: 'Who takes events from notification:lead:confirm.',
      kind: 'stat',
      limits: { red: 1, low: true },
      queries: [['meander:queue_consumers:max{queue="notification:lead:confirm"}', '']],
    },
    {
      title: 'Attempts by template and state',
      description: 'Per second; what the delivery became by the attempt.',
      kind: 'bars',
      unit: 'ops',
      queries: [['meander:deliveries:rate5m', '{{template}} {{state}}']],
    },
    {
      title: 'Attempts that did not succeed, by outcome',
      description: 'In an hour. own_fault is ours or the relay’s, and costs no attempt.',
      kind: 'timeseries',
      queries: [
        ['sum by (outcome) (increase(meander_deliveries_total{outcome!="accepted"}[1h]))', '{{outcome}}'],
      ],
    },
    {
      title: 'Booking to mail',
      description: 'From the booking to the mail server’s 250.',
      kind: 'timeseries',
      unit: 's',
      queries: [
        ['meander:submission_to_sent_seconds:p50_10m', 'p50'],
        ['meander:submission_to_sent_seconds:p95_10m', 'p95'],
      ],
    },
    {
      title: 'Handling one event, p95',
      description: 'From the broker’s delivery to the acknowledgement.',
      kind: 'timeseries',
      unit: 's',
      queries: [
        [
          `histogram_quantile(0.95, sum by (le) (rate(messaging_process_duration_seconds_bucket{job="${job}"}[5m])))`,
          'p95',
        ],
      ],
    },
    ...databasePanels(job),
  ],
};
