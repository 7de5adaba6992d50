import { type Attributes, metrics } from '@opentelemetry/api';
import { conventions, gaugeNames } from './names.ts';
import { withoutTracing } from './propagation.ts';

const meter = metrics.getMeter('meander');

/** One value of a gauge, with its labels. */
export interface Reading {
  value: number;
  labels?: Attributes;
}

interface Gauge {
  name: string;
  description: string;
  unit?: string;
  /** The conventions have some as sums of what may go up and down; to a reader of `/metrics` it is the same. */
  sum?: true;
}

const gauges = {
  outboxUnpublished: {
    name: gaugeNames.outboxUnpublished,
    description: 'Events that wait for the broker, up to 100 000',
  },
  outboxOldestAge: {
    name: gaugeNames.outboxOldestAge,
    description: 'Age of the oldest event that waits for the broker; 0 when none waits',
    unit: 's',
  },
  relayActive: {
    name: gaugeNames.relayActive,
    description: '1 in the process whose relay is the active one',
  },
  brokerUp: {
    name: gaugeNames.brokerUp,
    description: '1 while the connection is up and takes messages, by connection',
  },
  queueMessages: { name: gaugeNames.queueMessages, description: 'Messages ready in a queue, by queue' },
  queueConsumers: { name: gaugeNames.queueConsumers, description: 'Consumers of a queue, by queue' },
  deliveriesOpen: {
    name: gaugeNames.deliveriesOpen,
    description: 'Mails that are not sent yet or have failed, by state',
  },
  leads: { name: gaugeNames.leads, description: 'Leads by status' },
  keyExpiry: {
    name: gaugeNames.keyExpiry,
    description: 'When the next valid API key expires, in Unix time; absent while none does',
    unit: 's',
  },
  canaryLastSuccess: {
    name: gaugeNames.canaryLastSuccess,
    description: 'When a made-up booking last came through, in Unix time; 0 before the first',
    unit: 's',
  },
  canaryInterval: {
    name: gaugeNames.canaryInterval,
    description: 'How often a made-up booking is to come through; absent where the canary is off',
    unit: 's',
  },
  poolConnections: {
    name: conventions.dbConnectionCount,
    description: 'Connections of the pool, by state',
    unit: '{connection}',
    sum: true,
  },
  poolMax: {
    name: conventions.dbConnectionMax,
    description: 'The most connections that the pool may open',
    unit: '{connection}',
    sum: true,
  },
  poolPending: {
    name: conventions.dbConnectionPending,
    description: 'Requests that wait for a connection',
    unit: '{request}',
    sum: true,
  },
} as const satisfies Record<string, Gauge>;

export type GaugeName = keyof typeof gauges;
export type Readings = Partial<Record<GaugeName, readonly Reading[]>>;

/** No collector waits longer than this for a look, in milliseconds: a hanging database must not hide the rest. */
const lookDeadline = 1_000;

/**
 * Looks up gauges whenever somebody collects, and only then. What `look` cannot tell is absent, not 0: an alert
 * can say that it does not know.
 *
 * @param freshFor how long an answer serves, in milliseconds; two collectors then cost one look
 */
export function observe(
  names: readonly GaugeName[],
  look: () => Promise<Readings>,
  { freshFor = 2_000 }: { freshFor?: number } = {},
): void {
  const instruments = names.map((name) => {
    const { name: metric, ...gauge }: Gauge = gauges[name];
    const options = {
      description: gauge.description,
      ...(gauge.unit === undefined ? {} : { unit: gauge.unit }),
    };
    const instrument = gauge.sum
      ? meter.createObservableUpDownCounter(metric, options)
      : meter.createObservableGauge(metric, options);
    return { name, instrument };
  });
  let looking: Promise<Readings> | undefined;
  let known: { readings: Readings; at: number } | undefined;

  const lookOnce = () => {
    looking ??= withoutTracing(look)
      .then((readings) => {
        known = { readings, at: performance.now() };
        return readings;
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };

  meter.addBatchObservableCallback(
    async (result) => {
      const isFresh = known !== undefined && performance.now() - known.at < freshFor;
      const readings = isFresh ? known?.readings : await within(lookDeadline, lookOnce());
      for (const { name, instrument } of instruments) {
        for (const { value, labels } of readings?.[name] ?? []) result.observe(instrument, value, labels);
      }
    },
    instruments.map(({ instrument }) => instrument),
  );
}

/** The answer, or undefined where it fails or takes longer. */
function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    work.then(resolve, () => resolve(undefined)).finally(() => clearTimeout(timer));
  });
}
