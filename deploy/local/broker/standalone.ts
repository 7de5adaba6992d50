/**
 * The broker by itself: `node deploy/local/broker/standalone.ts --port 5672 [--host 127.0.0.1]`. Prints its
 * url on one line once it takes connections, its faults on stderr, and ends on SIGINT and SIGTERM.
 */
import { parseArgs } from 'node:util';
import { startBroker } from './index.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '5672' }, host: { type: 'string', default: '127.0.0.1' } },
});

const broker = await startBroker({
  port: Number(values.port),
  host: values.host,
  onFault: (fault) => console.error('broker:', fault),
});
console.log(broker.url);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void broker.close());
}
