/**
 * Asks the service of this container whether it is well, since the image has no curl: exit 0 on a 2xx.
 * The service is the one whose folder is the working directory; the path is the first argument.
 *
 *   /healthz  the process is alive
 *   /readyz   it can do its work: whatever it cannot work without is there
 */
import { basename } from 'node:path';

const ports = { intake: 3001, notification: 3002, pipeline: 3003 };
const service = basename(process.cwd());
const port = process.env[`${service.toUpperCase()}_PORT`] || ports[service];
const path = process.argv[2] ?? '/healthz';

// Left to itself fetch waits for minutes; a probe that hangs is a probe that failed.
const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(2_500) }).catch(
  (error) => ({ ok: false, status: error.cause?.code ?? error.name }),
);
if (!answer.ok) console.error(`${service}${path}: ${answer.status}`);
process.exitCode = answer.ok ? 0 : 1;
