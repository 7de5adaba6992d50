import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createClient } from 'redis';
import type { ServerCertificate } from './certificates.ts';
import { freePort } from './free-port.ts';
import { waitUntil } from './wait-until.ts';

/** A Redis of the test's own, which may be frozen, killed and started again. */
export interface RedisServer {
  url: string;
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  start(): Promise<void>;
  flush(): Promise<void>;
}

const binary = [
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
].find((path) => existsSync(path));

/** False on a machine without the program; then there is nothing to freeze or kill. */
export const hasRedisServer = binary !== undefined;

/**
 * @param tls speaks TLS alone, with this certificate; `ca` vouches for it
 * @param command starts the program, where it is not the machine's own one
 * @param aclFile the users that there are; `login` is the one that the test's own calls use
 */
export async function startRedisServer({
  tls,
  aclFile,
  login,
  command: [file = '', ...args] = [binary ?? 'redis-server'],
}: {
  tls?: ServerCertificate & { ca: string };
  aclFile?: string;
  command?: readonly string[];
  login?: { username: string; password: string };
} = {}): Promise<RedisServer> {
  const port = await freePort();
  const url = `${tls ? 'rediss' : 'redis'}://${tls ? 'localhost' : '127.0.0.1'}:${port}`;
  const listening = tls
    ? [
        ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
        ...[
          '--tls-cert-file',
          tls.certFile,
          '--tls-key-file',
          tls.keyFile,
          '--tls-ca-cert-file',
          tls.certFile,
        ],
      ]
    : ['--port', String(port)];
  let child: ChildProcess | undefined;

  const withClient = async (
    work: (client: Pick<ReturnType<typeof createClient>, 'ping' | 'flushAll'>) => Promise<unknown>,
  ) => {
    const client = createClient({
      url,
      ...login,
      disableOfflineQueue: true,
      socket: { reconnectStrategy: false, ...(tls ? { tls: true as const, ca: tls.ca } : {}) },
    });
    client.on('error', () => {});
    await client.connect();
    await work(client);
    client.destroy();
    return true;
  };

  const server: RedisServer = {
    url,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async kill() {
      const dying = child;
      child = undefined;
      if (!dying) return;
      const ended = once(dying, 'exit');
      dying.kill('SIGKILL');
      await ended;
    },
    async start() {
      const options = [
        ...listening,
        ...['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
        ...(aclFile ? ['--aclfile', aclFile] : []),
      ];
      child = spawn(file, [...args, ...options], { stdio: 'ignore' });
      await waitUntil('Redis answers', () => withClient((client) => client.ping()));
    },
    flush: async () => void (await withClient((client) => client.flushAll())),
  };
  await server.start();
  return server;
}
