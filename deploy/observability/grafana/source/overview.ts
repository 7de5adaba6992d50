import type { DashboardSpec } from './panels.ts';

/** Is it working, how fast, what failed: the page that is open all day. */
export const overview: DashboardSpec = {
  uid: 'meander-overview',
  title: 'overview',
  panels: [
    {
      title: 'Services ready',
      description:
        'What each service answers to /readyz, the worst answer of the last two minutes. 1 is ready.',
      kind: 'stat',
      width: 6,
      limits: { red: 1, low: true },
      queries: [
        [
          'label_replace(meander:service:ready, "service", "$1", "http_url", "http://([a-z]+):.*")',
          '{{service}}',
        ],
      ],
    },
    {
      title: 'Bookings, 24 h',
      description: 'Accepted by intake.',
      kind: 'stat',
      width: 3,
      queries: [['sum(increase(meander_submissions_total{outcome="accepted"}[24h]))', '']],
    },
    {
      title: 'Bookings answered with an error',
      description: 'Share of posted bookings answered 5xx, over three days. The objective is 0.1 %.',
      kind: 'stat',
      unit: 'percentunit',
      width: 4,
      limits: { amber: 0.0005, red: 0.001 },
      queries: [['meander:booking_errors:ratio3d', '']],
    },
    {
      title: 'Confirmations later than a minute',
      description:
        'Share of accepted bookings without a confirmation within 60 s, over three days. The objective is 1 %.',
      kind: 'stat',
      unit: 'percentunit',
      width: 4,
      limits: { amber: 0.005, red: 0.01 },
      queries: [['meander:mail_late:ratio3d', '']],
    },
    {
      title: 'Oldest event',
      description: 'How long the oldest event has waited for the broker.',
      kind: 'stat',
      unit: 's',
      width: 3,
      limits: { amber: 10, red: 60 },
      queries: [['meander:outbox_oldest_age_seconds:max', '']],
    },
    {
      title: 'Dead letters',
      description: 'Messages in meander.dead that wait for a person.',
      kind: 'stat',
      width: 4,
      limits: { red: 1 },
      queries: [['meander:queue_messages:max{queue="meander.dead"}', '']],
    },
    {
      title: 'Canary came through',
      description:
        'When a made-up booking last went the whole way. Empty where CANARY_INTERVAL_SECONDS is not set.',
      kind: 'stat',
      unit: 'dateTimeFromNow',
      width: 4,
      queries: [['max(meander_canary_last_success_seconds) * 1000', '']],
    },
    {
      title: 'Canary: booking to mail, p95',
      description: 'As a visitor sees it, from the post to the mail server’s 250; over an hour.',
      kind: 'stat',
      unit: 's',
      width: 4,
      limits: { amber: 10, red: 60 },
      queries: [
        ['histogram_quantile(0.95, sum by (le) (rate(meander_canary_duration_seconds_bucket[1h])))', ''],
      ],
    },
    {
      title: 'Canary, outcomes of 24 h',
      description: 'How far it came; only arrived is good.',
      kind: 'stat',
      width: 8,
      queries: [['sum by (outcome) (increase(meander_canary_runs_total[24h])) > 0', '{{outcome}}']],
    },
    {
      title: 'Alerts',
      description: 'What Prometheus says is wrong now, or is about to. Each has a page in docs/runbooks.',
      kind: 'table',
      width: 24,
      queries: [['ALERTS', '']],
    },
    {
      title: 'Attempts to book, by outcome',
      description: 'Per second. rate_limited are the 429s, invalid the 422s.',
      kind: 'bars',
      unit: 'ops',
      queries: [['meander:submissions:rate5m', '{{outcome}}']],
    },
    {
      title: 'Booking to mail',
      description: 'From the booking to the mail server’s 250; retries hours later count in full.',
      kind: 'timeseries',
      unit: 's',
      queries: [
        ['meander:submission_to_sent_seconds:p50_10m', 'p50'],
        ['meander:submission_to_sent_seconds:p95_10m', 'p95'],
      ],
    },
    {
      title: 'Budget of errors, how fast it burns',
      description: '1 uses it up in exactly a month; 14.4 over an hour pages.',
      kind: 'timeseries',
      queries: [
        ['meander:booking_errors:ratio1h / 0.001', 'bookings, 1 h'],
        ['meander:mail_late:ratio1h / 0.01', 'mails, 1 h'],
      ],
    },
    {
      title: 'Answers, p95',
      description: 'By service and route; event streams are left out.',
      kind: 'timeseries',
      unit: 's',
      queries: [['meander:request_seconds:p95_5m', '{{job}} {{http_route}}']],
    },
    {
      title: 'Event loop delay, p99',
      description: 'Of each service; above 0.1 s visitors feel it.',
      kind: 'timeseries',
      unit: 's',
      queries: [['max by (job) (nodejs_eventloop_delay_p99_seconds)', '{{job}}']],
    },
    {
      title: 'Memory',
      description: 'Resident, of each service’s largest copy.',
      kind: 'timeseries',
      unit: 'bytes',
      queries: [['max by (job) (process_memory_usage_bytes)', '{{job}}']],
    },
  ],
};
