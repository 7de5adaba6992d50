/**
 * The registry of names that are our own. What OpenTelemetry's semantic conventions name is taken from
 * `@opentelemetry/semantic-conventions`; everything else that stands on a span or a metric stands here first.
 * None of them may carry personal data.
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

export const metricNames = {
  submissions: 'meander.submissions',
  limiterFallback: 'meander.limiter.fallback',
  published: 'meander.outbox.published',
  deadLetters: 'meander.dead_letters',
  deliveries: 'meander.deliveries',
  mailPauses: 'meander.mail.pauses',
  submissionToSent: 'meander.submission_to_sent.duration',
  transitions: 'meander.transitions',
} as const;
