import { inspectRedis } from '@meander/intake/doctor';
import { judgeClock } from '../clock.ts';
import { type Finding, findingsOf, placeOf, unreachable } from '../finding.ts';

const { ok, note, fault } = findingsOf('redis');

/** @param url undefined where no Redis is configured, which is allowed */
export async function checkRedis(
  url: string | undefined,
  ca: string | undefined,
  keyPrefix: string,
): Promise<Finding[]> {
  if (url === undefined)
    return [
      note(
        'There is no REDIS_URL: each copy of intake limits attempts by itself.',
        'Set it before you run two copies.',
      ),
    ];
  const place = placeOf(url);
  try {
    const { version, clock, whenFull } = await inspectRedis({ url, ca }, keyPrefix);
    const forgets = whenFull !== undefined && /^(allkeys|volatile)-/.test(whenFull);
    return [
      ok(`Redis ${version} answers at ${place} and counts attempts.`.replace('  ', ' ')),
      ...(forgets
        ? [
            fault(
              `When it is full, Redis forgets who has tried how often (maxmemory-policy ${whenFull}).`,
              'Set maxmemory-policy to noeviction.',
            ),
          ]
        : []),
      ...(clock ? [judgeClock('Redis', clock)] : []),
    ];
  } catch (error) {
    const away = unreachable(error, place);
    if (away) return [fault(away, 'Start Redis, or mend the host and the port in REDIS_URL.')];
    const message = error instanceof Error ? error.message : '';
    if (/WRONGPASS|NOAUTH|AUTH/.test(message))
      return [fault(`Redis at ${place} refuses the login.`, 'Set the right user and password in REDIS_URL.')];
    if (/NOPERM/.test(message))
      return [
        fault(
          `The user of Redis at ${place} may not do what the limiter does.`,
          'Allow it eval, evalsha, time and the keys of REDIS_KEY_PREFIX.',
        ),
      ];
    return [fault(`Redis at ${place} cannot be looked at.`, 'REDIS_URL may name something else.')];
  }
}
