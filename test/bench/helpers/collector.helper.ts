import { startTelemetrySink } from '../../faults/world/telemetry-sink.ts';
import { serve } from './serve.ts';

const commands = {
  /** A collector that takes everything and keeps nothing. Resolves with its URL. */
  listen: async (): Promise<string> => (await startTelemetrySink()).url,
};
export type CollectorCommands = typeof commands;

serve(commands);
