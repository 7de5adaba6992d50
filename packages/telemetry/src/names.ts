/**
 * The registry of names that are our own. What OpenTelemetry's semantic conventions name is taken from
 * `@opentelemetry/semantic-conventions`; everything else that stands on a span or a metric stands here first.
 * None of them may carry personal data. docs/metrics.md explains each metric; a test compares the two and what
 * the services expose.
 */
export const attributes = {
  eventId: 'meander.event.id',
  eventType: 'meander.event.type',
  leadId: 'meander.lead.id',
  deliveryId: 'meander.delivery.id',
  deliveryState: 'meander.delivery.state',
  template: 'meander.template',
  limiter: 'meander.limiter',
  outcome: 'meander.outcome',
  statusFrom: 'meander.status.from',
  statusTo: 'meander.status.to',
  smtpCode: 'meander.smtp.code',
  problem: 'meander.problem',
} as const;

/** What is counted and timed where it happens. */
export const metricNames = {
  submissions: 'meander.submissions',
  limiterFallback: 'meander.limiter.fallback',
  published: 'meander.outbox.published',
  deadLetters: 'meander.dead_letters',
  deliveries: 'meander.deliveries',
  mailPauses: 'meander.mail.pauses',
  submissionToSent: 'meander.submission_to_sent.duration',
  transitions: 'meander.transitions',
  firstResponse: 'meander.first_response.duration',
  canaryRuns: 'meander.canary.runs',
  canary: 'meander.canary.duration',
} as const;

/** What is looked up whenever somebody collects. */
export const gaugeNames = {
  outboxUnpublished: 'meander.outbox.unpublished',
  outboxOldestAge: 'meander.outbox.oldest_age',
  relayActive: 'meander.relay.active',
  brokerUp: 'meander.broker.connection.up',
  queueMessages: 'meander.queue.messages',
  queueConsumers: 'meander.queue.consumers',
  deliveriesOpen: 'meander.deliveries.open',
  leads: 'meander.leads',
  keyExpiry: 'meander.api_key.next_expiry',
  canaryLastSuccess: 'meander.canary.last_success',
  canaryInterval: 'meander.canary.interval',
} as const;

/** The labels of our own metrics. Each has few values, all of them from our own code and none from a request. */
export const labels = [
  'connection',
  'from',
  'outcome',
  'queue',
  'reason',
  'state',
  'status',
  'template',
  'to',
] as const;

/**
 * Names of the semantic conventions that are published but not yet stable, so that no package of ours depends on
 * the conventions' unstable entry point (its authors ask for this).
 */
export const conventions = {
  dbConnectionCount: 'db.client.connection.count',
  dbConnectionMax: 'db.client.connection.max',
  dbConnectionPending: 'db.client.connection.pending_requests',
  dbConnectionWait: 'db.client.connection.wait_time',
  dbConnectionTimeouts: 'db.client.connection.timeouts',
  dbPoolName: 'db.client.connection.pool.name',
  dbConnectionState: 'db.client.connection.state',
  eventLoopDelay: 'nodejs.eventloop.delay',
  eventLoopUtilization: 'nodejs.eventloop.utilization',
  memoryUsage: 'process.memory.usage',
  processDuration: 'messaging.process.duration',
  syntheticType: 'user_agent.synthetic.type',
} as const;
