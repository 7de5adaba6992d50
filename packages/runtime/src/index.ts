export { backoffDelay, pause } from './backoff.ts';
export { createBatchWriter } from './batch-writer.ts';
export { type Bell, createBell } from './bell.ts';
export {
  brokerVariables,
  type CommonConfig,
  ConfigError,
  commonVariables,
  type DatabaseConfig,
  databaseVariables,
  gatherFaults,
  loadConfig,
  loadServiceConfig,
  variable,
} from './config.ts';
export { withDeadline } from './deadline.ts';
export { describeError, SafeError } from './describe-error.ts';
export { createApp, type Route, type Routes } from './http/app.ts';
export { bodyLimit, readBody } from './http/body.ts';
export { addressBucket, createClientAddress, parseAddress, parseRange } from './http/client-address.ts';
export { type ProblemPage, sendProblem, toProblem } from './http/error-handler.ts';
export type { Dependency, Health } from './http/health.ts';
export { type HttpTimeouts, type Listener, listen } from './http/listen.ts';
export { ListenError, listenError, PortTakenError } from './http/listen-error.ts';
export { arrivalOf } from './http/observe.ts';
export { Problem, type ProblemCode, problems } from './http/problems.ts';
export {
  createHttpService,
  databaseDependency,
  databasePart,
  type HttpService,
  type Part,
} from './http/service.ts';
export { createLogger, type Logger } from './logger.ts';
export { nodeArguments } from './node-arguments.ts';
export {
  anyOf,
  byKeyAlone,
  type Database,
  DatabaseBusyError,
  type DatabaseFault,
  type DatabaseOptions,
  databaseDeadlines,
  databaseFault,
  inTransaction,
  openDatabase,
  type PreparedStatement,
  retryConflicts,
  runPrepared,
  sessionSettings,
  type Transaction,
  violatedConstraint,
} from './postgres.ts';
export { type DatabaseAccess, postgresConnection } from './postgres-connection.ts';
export { createRounds } from './rounds.ts';
export { run, type Service } from './run.ts';
export { distrust } from './trust.ts';
