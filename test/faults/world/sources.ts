import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('debian-13.sh', import.meta.url));
const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'meander-leads', 'debian-13');

/** Where the broker's and Redis' programs come from. */
export interface Source {
  /** Put before every command. */
  prefix: readonly string[];
  /** The folder that its programs take for `/`. */
  root: string;
  /** Why it is not what was asked for. */
  instead?: string;
}

/** The generation of RabbitMQ that a run asks for: 4 comes from Debian 13, with Redis 8; 3 is the machine's own. */
export type BrokerGeneration = 3 | 4;

const ownPrograms: Source = { prefix: [], root: '/' };

/** True where this machine has a RabbitMQ of its own. */
export const hasOwnBroker = () => existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server');

/**
 * Finds the programs of a generation. Debian 13's are downloaded once; where that cannot be, the machine's own
 * take their place, and the source says so.
 *
 * @throws where there are none at all
 */
export async function findSource(generation: BrokerGeneration): Promise<Source> {
  if (generation === 4) {
    const debian: Source = { prefix: [script, 'run', folder], root: join(folder, 'root') };
    try {
      await promisify(execFile)(script, ['install', folder], { timeout: 300_000 });
      await promisify(execFile)(script, ['run', folder, '/usr/bin/redis-server', '--version']);
      return debian;
    } catch (error) {
      const reason = String((error as { stderr?: string }).stderr || error)
        .trim()
        .split('\n')
        .at(-1);
      if (hasOwnBroker()) return { ...ownPrograms, instead: `RabbitMQ 4 could not be had (${reason})` };
      throw new Error(
        `No RabbitMQ 4: ${reason}. Nor has this machine one of its own: install rabbitmq-server.`,
      );
    }
  }
  if (hasOwnBroker()) return ownPrograms;
  throw new Error('This machine has no RabbitMQ of its own: install rabbitmq-server, or use --broker=4.');
}
