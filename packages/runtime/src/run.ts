import { stopTelemetry } from '@meander/telemetry';
import { compactHeap } from './compact-heap.ts';
import { lastWords } from './last-words.ts';

/** A service as its composition root gives it: `start` resolves once it listens, `stop` once all is closed. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How long a stop may take before the process ends anyway, in milliseconds. */
const stopDeadline = 9_000;

/**
 * Runs a service as the whole process: starts it, ends it on SIGTERM or SIGINT (not ready, finish what is in
 * hand, close) and exits 0. A fault in the configuration, or an address that cannot be listened on, is a few plain
 * lines and exit 1; an error that nobody caught ends the process the same way, since its state is unknown. @see
 * lastWords
 */
export function run(create: () => Service): void {
  const fail = (error: unknown) => {
    process.stderr.write(`${lastWords(error)}\n`);
    process.exit(1);
  };
  // A rejection that nobody handles comes here as well.
  process.on('uncaughtException', fail);
  let stopping = false;
  const start = async () => {
    const service = create();
    const stop = async () => {
      if (stopping) return;
      stopping = true;
      setTimeout(() => process.exit(1), stopDeadline).unref();
      await service.stop();
      await stopTelemetry();
      process.exit(0);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    // Only where a supervisor has opened a channel: it has gone, and nobody else would end this process.
    process.on('disconnect', stop);
    compactHeap();
    await service.start();
  };
  start().catch(fail);
}
