import { databasePanels, requestPanels } from './database-panels.ts';
import type { DashboardSpec } from './panels.ts';

const job = 'meander-pipeline';

/** Where leads stand, how they move, and how the API of sales answers. */
export const pipeline: DashboardSpec = {
  uid: 'meander-pipeline',
  title: 'pipeline',
  panels: [
    {
      title: 'Leads by status',
      description: 'As they stand now; at most five seconds old.',
      kind: 'stat',
      width: 20,
      queries: [['max by (status) (meander_leads)', '{{status}}']],
    },
    {
      title: 'API key expires in',
      description: 'The next valid key to expire; empty while none does.',
      kind: 'stat',
      unit: 's',
      limits: { red: 1_209_600, low: true },
      queries: [['max(meander_api_key_next_expiry_seconds) - time()', '']],
    },
    {
      title: 'Moves by from and to',
      description: 'In an hour.',
      kind: 'bars',
      queries: [['meander:transitions:rate5m * 3600', '{{from}} → {{to}}']],
    },
    {
      title: 'First response',
      description: 'From the booking to the lead’s first move out of new, over a week.',
      kind: 'timeseries',
      unit: 's',
      queries: [
        [
          'histogram_quantile(0.5, sum by (le) (rate(meander_first_response_duration_seconds_bucket[7d])))',
          'p50',
        ],
        [
          'histogram_quantile(0.9, sum by (le) (rate(meander_first_response_duration_seconds_bucket[7d])))',
          'p90',
        ],
      ],
    },
    ...requestPanels(job),
    ...databasePanels(job),
  ],
};
