export { beginErasure, type Erasure } from './begin-erasure.ts';
export { bookedEvent, bookingBody } from './builders.ts';
export { type Cable, layCable } from './cable.ts';
export { makeAuthority, type ServerCertificate, type TestAuthority } from './certificates.ts';
export {
  type ApiDocument,
  callsOf,
  createApiJudge,
  faultsOfDocument,
  routesOf,
} from './described-api.ts';
export { createEventJudge, type EventDocument, faultsOfEventDocument } from './described-events.ts';
export { freePort } from './free-port.ts';
export { type Issuer, startIssuer } from './local-issuer.ts';
export { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';
export { hasRedisServer, type RedisServer, startRedisServer } from './redis-server.ts';
export { metricValue, parseMetrics, type Sample, scrape } from './scrape.ts';
export { type ServiceHandle, startServices } from './service-handles.ts';
export { findServices, type TestServices } from './services.ts';
export { type SmtpAct, type SmtpScript, type SmtpStage, startSmtpScript } from './smtp-script.ts';
export { type ReceivedMail, type Reply, type SmtpSink, startSmtpSink } from './smtp-sink.ts';
export { createStack, createStackOn, type Stack, type StackGround } from './stack.ts';
export { createTemplate } from './template.ts';
export { patience, waitUntil } from './wait-until.ts';
