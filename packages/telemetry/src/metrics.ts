import { type Attributes, metrics } from '@opentelemetry/api';
import { METRIC_HTTP_SERVER_REQUEST_DURATION } from '@opentelemetry/semantic-conventions';
import { conventions, type labels, metricNames } from './names.ts';

const meter = metrics.getMeter('meander');

type Labels = Partial<Record<(typeof labels)[number], string>>;

const counter = (name: string, description: string) => {
  const instrument = meter.createCounter(name, { description });
  return (attributes: Labels = {}, value = 1) => instrument.add(value, attributes);
};

/** Counts of the business, by the names of the registry. Without an exporter they cost nothing. */
export const count = {
  submission: counter(metricNames.submissions, 'Attempts to book, by outcome'),
  limiterFallback: counter(metricNames.limiterFallback, 'Attempts limited in process because Redis was away'),
  published: counter(metricNames.published, 'Events that the broker confirmed'),
  deadLetter: counter(metricNames.deadLetters, 'Messages put aside as unreadable or unmanageable'),
  delivery: counter(metricNames.deliveries, 'Attempts to send a mail, by template, state and outcome'),
  mailPause: counter(metricNames.mailPauses, 'Pauses of sending because of the relay, by reason'),
  transition: counter(metricNames.transitions, 'Moves of leads, by from and to'),
  canaryRun: counter(metricNames.canaryRuns, 'Made-up bookings that tried the whole way, by outcome'),
};

/**
 * Makes a counter's series visible before its first event. One that appears at 1 has no increase that a rate
 * could see: the first dead letter of a process would alarm nobody.
 */
export function startAtZero(add: (typeof count)[keyof typeof count], ...series: Labels[]): void {
  for (const one of series.length > 0 ? series : [{}]) add(one, 0);
}

const histogram = (name: string, description: string, explicitBucketBoundaries: number[]) =>
  meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries } });

/** The boundaries that the semantic conventions advise for requests, in seconds. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** From a mail that is out at once to the end of the 72 hours; 60 s is the objective, so it must be a boundary. */
const mailBuckets = [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600, 14_400, 86_400, 259_200];
/** From five minutes to a month: how soon sales answers. */
const responseBuckets = [300, 900, 3_600, 14_400, 28_800, 86_400, 172_800, 432_000, 1_209_600, 2_592_000];

const durations = {
  submissionToSent: histogram(
    metricNames.submissionToSent,
    'From the booking to the mail server accepting the confirmation',
    mailBuckets,
  ),
  firstResponse: histogram(
    metricNames.firstResponse,
    'From the booking to the lead’s first move out of "new"',
    responseBuckets,
  ),
  canary: histogram(
    metricNames.canary,
    'From a made-up booking to the mail server accepting its mail, as a visitor sees it',
    mailBuckets,
  ),
  request: histogram(METRIC_HTTP_SERVER_REQUEST_DURATION, 'Duration of HTTP server requests', requestBuckets),
  process: histogram(conventions.processDuration, 'Duration of handling one message', requestBuckets),
  poolWait: histogram(
    conventions.dbConnectionWait,
    'Time it took to obtain a connection from the pool',
    requestBuckets,
  ),
};

/** Records a duration, in seconds. The attributes of the conventional ones are those of the conventions. */
export function recordDuration(
  what: keyof typeof durations,
  seconds: number,
  attributes: Attributes = {},
): void {
  durations[what].record(seconds, attributes);
}

/** @param seconds from the booking to the server's 250 */
export function recordSubmissionToSent(seconds: number): void {
  recordDuration('submissionToSent', seconds);
}
