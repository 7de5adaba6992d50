import { activeTraceIds } from '@meander/telemetry';
import { pino } from 'pino';
import { describeError } from './describe-error.ts';

/** Structured log lines, one JSON object a line, with the ids of the active trace. */
export type Logger = Pick<
  import('pino').Logger,
  'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'level'
>;

/**
 * The logger of a service, on standard output. An `err` is described by `describeError`, which leaves out
 * messages that may hold what somebody typed; nothing else in the code logs a value of a person.
 */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => activeTraceIds() ?? {},
    serializers: { err: describeError },
  });
}
