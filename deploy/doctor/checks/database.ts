import { type DatabaseState, inspectDatabase } from '@meander/database';
import type { DatabaseAccess } from '@meander/runtime';
import { judgeClock } from '../clock.ts';
import { codeOf, type Finding, findingsOf, placeOf, unreachable } from '../finding.ts';

const { ok, note, fault } = findingsOf('database');

/** The oldest PostgreSQL that the tests have run on. */
const oldest = 150_000;

function explain(error: unknown, place: string): Finding {
  const away = unreachable(error, place);
  if (away) return fault(away, 'Start PostgreSQL, or mend the host and the port in DATABASE_URL.');
  const known: Record<string, [string, string]> = {
    '28P01': ['refuses the password.', 'Set the right password in DATABASE_URL.'],
    '28000': ['refuses this login.', 'Look at pg_hba.conf, and at the user in DATABASE_URL.'],
    '3D000': ['has no such database.', 'Create it, or mend the name at the end of DATABASE_URL.'],
    '53300': ['has no connection left.', 'Raise max_connections, or lower DATABASE_POOL_SIZE.'],
    '57P03': ['is starting up.', 'Wait a moment and try again.'],
  };
  const [says, mend] = known[codeOf(error)] ?? [
    `cannot be looked at (${codeOf(error) || 'no code'}).`,
    'Its log says why.',
  ];
  return fault(`PostgreSQL at ${place} ${says}`, mend);
}

function judgeSchema({ pending, unknown }: DatabaseState): Finding {
  if (pending === undefined)
    return note(
      'This login may not read which migrations were applied.',
      'Run npm run migrate as the owner.',
    );
  if (pending.length > 0)
    return fault(`${pending.length} migrations are pending, from ${pending[0]} on.`, 'Run npm run migrate.');
  return unknown.length > 0
    ? note(
        `The schema is newer than this code: it has ${unknown.join(', ')}.`,
        'Run the doctor of the release that is in use.',
      )
    : ok('Every migration is applied.');
}

function judgeRoles({ missingRoles, closedRoles }: DatabaseState): Finding {
  if (missingRoles.length > 0)
    return fault(`The roles ${missingRoles.join(', ')} do not exist.`, 'Run npm run migrate as the owner.');
  return closedRoles.length > 0
    ? note(
        `This login cannot act as ${closedRoles.join(', ')}.`,
        'That is right where each service has a login of its own; else GRANT these roles to it.',
      )
    : ok('The login can act for every service.');
}

export async function checkDatabase(access: DatabaseAccess): Promise<Finding[]> {
  const place = placeOf(access.url);
  try {
    const state = await inspectDatabase(access);
    const version =
      state.versionNumber >= oldest
        ? ok(`PostgreSQL ${state.version} answers at ${place}.`)
        : fault(`PostgreSQL ${state.version} at ${place} is too old.`, 'Use version 15 or newer.');
    return [version, judgeSchema(state), judgeRoles(state), judgeClock('PostgreSQL', state.clock)];
  } catch (error) {
    return [explain(error, place)];
  }
}
