import type { DashboardSpec } from './panels.ts';

/** What the broker says of itself, and what the services say of it. */
export const rabbitmq: DashboardSpec = {
  uid: 'meander-rabbitmq',
  title: 'RabbitMQ',
  panels: [
    {
      title: 'Alarms',
      description: 'Memory and disk. At 1 the broker takes no messages; events wait in the outbox.',
      kind: 'stat',
      width: 8,
      limits: { red: 1 },
      queries: [
        ['max(rabbitmq_alarms_memory_used_watermark)', 'memory'],
        ['max(rabbitmq_alarms_free_disk_space_watermark)', 'disk'],
      ],
    },
    {
      title: 'Active relays',
      description: 'Exactly one process publishes the outbox.',
      kind: 'stat',
      limits: { red: 1, low: true },
      queries: [['sum(meander_relay_active)', '']],
    },
    {
      title: 'Connections that are down',
      description: 'As the services see theirs; blocked counts as down.',
      kind: 'stat',
      width: 6,
      limits: { red: 1 },
      queries: [['count(meander_broker_connection_up == 0) or vector(0)', '']],
    },
    {
      title: 'Dead letters',
      description: 'Messages in meander.dead that wait for a person.',
      kind: 'stat',
      width: 6,
      limits: { red: 1 },
      queries: [['meander:queue_messages:max{queue="meander.dead"}', '']],
    },
    {
      title: 'Queues',
      description: 'Events that wait for a consumer, and those that it has in hand.',
      kind: 'timeseries',
      queries: [
        ['sum by (queue) (rabbitmq_detailed_queue_messages_ready{queue!~"amq[.]gen-.*"})', '{{queue}} ready'],
        [
          'sum by (queue) (rabbitmq_detailed_queue_messages_unacked{queue!~"amq[.]gen-.*"})',
          '{{queue}} in hand',
        ],
      ],
    },
    {
      title: 'Consumers of our queues',
      description: 'As the services are told by the broker.',
      kind: 'timeseries',
      queries: [['meander:queue_consumers:max', '{{queue}}']],
    },
    {
      title: 'Put aside, by reason',
      description: 'In an hour.',
      kind: 'bars',
      queries: [['sum by (reason) (increase(meander_dead_letters_total[1h]))', '{{reason}}']],
    },
    {
      title: 'Connections and consumers',
      description: 'Each service holds one connection to publish and one for each subscription.',
      kind: 'timeseries',
      queries: [
        ['sum(rabbitmq_connections)', 'connections'],
        ['sum(rabbitmq_consumers)', 'consumers'],
      ],
    },
  ],
};
