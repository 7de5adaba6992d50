import { type Attributes, metrics } from '@opentelemetry/api';
import { metricNames } from './names.ts';

const meter = metrics.getMeter('meander');

const counter = (name: string, description: string) => {
  const instrument = meter.createCounter(name, { description });
  return (attributes: Attributes = {}, value = 1) => instrument.add(value, attributes);
};

/** Counts and durations of the business, by the names of the registry. Without an exporter they cost nothing. */
export const count = {
  submission: counter(metricNames.submissions, 'Attempts to book, by outcome'),
  limiterFallback: counter(metricNames.limiterFallback, 'Attempts limited in process because Redis was away'),
  published: counter(metricNames.published, 'Events that the broker confirmed'),
  deadLetter: counter(metricNames.deadLetters, 'Messages put aside as unreadable or unmanageable'),
  delivery: counter(metricNames.deliveries, 'Attempts to send a mail, by template, state and outcome'),
  mailPause: counter(metricNames.mailPauses, 'Pauses of sending because of the relay, by reason'),
  transition: counter(metricNames.transitions, 'Moves of leads, by from and to'),
};

const sentDuration = meter.createHistogram(metricNames.submissionToSent, {
  description: 'From the booking to the mail server accepting the confirmation',
  unit: 's',
});

/** @param seconds from the booking to the server's 250 */
export function recordSubmissionToSent(seconds: number): void {
  sentDuration.record(seconds);
}
