import type { PanelSpec } from './panels.ts';

/** The database as one service sees it, which is the same on the page of each. */
export function databasePanels(job: string): PanelSpec[] {
  return [
    {
      title: 'Waiting for a connection, p95',
      description: 'How long a request waits for the pool; failed waits count in full.',
      kind: 'timeseries',
      unit: 's',
      queries: [
        [
          `histogram_quantile(0.95, sum by (le) (rate(db_client_connection_wait_time_seconds_bucket{job="${job}"}[5m])))`,
          'wait',
        ],
        [`meander:db_operation_seconds:p95_5m{job="${job}"}`, 'query'],
      ],
    },
    {
      title: 'Connections of the pool',
      description: 'Of all copies, used and idle, with the most that they may open.',
      kind: 'timeseries',
      queries: [
        [
          `sum by (db_client_connection_state) (db_client_connection_count{job="${job}"})`,
          '{{db_client_connection_state}}',
        ],
        [`sum(db_client_connection_pending_requests{job="${job}"})`, 'waiting'],
        [`sum(db_client_connection_max{job="${job}"})`, 'most'],
      ],
    },
  ];
}

/** Rate, errors and duration of a service's routes. */
export function requestPanels(job: string): PanelSpec[] {
  return [
    {
      title: 'Requests by route and status',
      description: 'Per second. Routes are templates, never addresses with ids in them.',
      kind: 'bars',
      unit: 'ops',
      queries: [
        [
          `meander:requests:rate5m{job="${job}"}`,
          '{{http_request_method}} {{http_route}} {{http_response_status_code}}',
        ],
      ],
    },
    {
      title: 'Answers, p95 by route',
      description: 'Event streams are left out: they last as long as their listener wants.',
      kind: 'timeseries',
      unit: 's',
      queries: [[`meander:request_seconds:p95_5m{job="${job}"}`, '{{http_route}}']],
    },
  ];
}
