/** Preloaded with `node --import @meander/telemetry/register`, before the service's own modules. */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// A service that is told to stop before it listens has nothing to close. Without a listener the signal would end it as
// a crash, or as the first process of a container not at all; once the service has one, that one decides.
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => process.listenerCount(signal) === 1 && process.exit(0));

// The next start of a service takes its modules as they were compiled by this one; this file is JavaScript so
// that the compiler of types is then not even loaded (15 MB). Where the tree is read-only nothing is kept.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/compiled', import.meta.url)));

const { startTelemetry } = await import('./sdk.ts');
await startTelemetry(process.env);
