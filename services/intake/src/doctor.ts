/** What the doctor asks of intake: how the Redis of its limiter is. */
import { randomUUID } from 'node:crypto';
import { withDeadline } from '@meander/runtime';
import { createWindowClient, type RedisAccess } from './adapters/redis-window.ts';

export interface RedisState {
  version: string;
  /** Its clock, and ours in the middle of the question, in Unix milliseconds; undefined where this user may not ask. */
  clock: { theirs: number; ours: number; uncertainty: number } | undefined;
  /** What it does when it is full, such as `noeviction`; undefined where this user may not ask. */
  whenFull: string | undefined;
}

const deadline = 3_000;

/**
 * Runs the limiter's own script once, on a key that is gone a second later, and looks around.
 *
 * @throws the client's error where there is no way in, or the user may not do what intake does
 */
export async function inspectRedis(access: RedisAccess, keyPrefix: string): Promise<RedisState> {
  const client = createWindowClient(access, { reconnect: false });
  client.on('error', () => {});
  try {
    await withDeadline(client.connect(), deadline);
    const key = `${keyPrefix}attempts:doctor-${randomUUID()}`;
    await withDeadline(client.rollingWindow(key, { max: 1, windowMs: 1_000 }), deadline);
    const asked = Date.now();
    const time = await withDeadline(client.time(), deadline).then(
      ([seconds, microseconds]) => Number(seconds) * 1_000 + Number(microseconds) / 1_000,
      () => undefined,
    );
    const answered = Date.now();
    const info = await withDeadline(client.info(), deadline).catch(() => '');
    const read = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
    return {
      version: read('redis_version') ?? '',
      clock:
        time === undefined
          ? undefined
          : { theirs: time, ours: (asked + answered) / 2, uncertainty: (answered - asked) / 2 },
      whenFull: read('maxmemory_policy'),
    };
  } finally {
    client.destroy();
  }
}
