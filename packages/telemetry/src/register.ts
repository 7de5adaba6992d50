/** Preloaded with `node --import @meander/telemetry/register`, before the service's own modules. */
import { startTelemetry } from './sdk.ts';

startTelemetry(process.env);
