import { mkdirSync } from 'node:fs';
import { ConfigError } from '@meander/runtime';
import { checkSettings } from './check-settings.ts';
import { startLocal } from './local.ts';

/** `npm start`: everything on this machine, until Ctrl-C. */
async function main(): Promise<void> {
  const settings = checkSettings(process.env);
  // Started by root, PostgreSQL runs as another user, who must be able to pass through here; secrets in it are 0600.
  mkdirSync(settings.MEANDER_LOCAL_DIR, { recursive: true, mode: 0o711 });
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  process.on('disconnect', () => stopping.abort());
  process.exitCode = await startLocal(settings, stopping.signal);
}

main()
  .catch((error) => {
    const plain = error instanceof ConfigError || process.env.LOG_LEVEL !== 'debug';
    console.error(plain ? error.message : error);
    process.exitCode = 1;
  })
  .finally(() => process.disconnect?.());
