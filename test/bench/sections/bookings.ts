import { bookingBody, type Stack, waitUntil } from '@meander/testing';
import type { LoadCommands } from '../helpers/load.helper.ts';
import type { Helper } from '../world/helper.ts';

/** How intake is started wherever bookings are counted: the load generator stands for a proxy that names visitors. */
export const intakeEnv = { TRUSTED_PROXIES: '127.0.0.1' };

/** Connections that keep a server busy. */
export const connections = 32;

/** Posts bookings for a while, measured or to warm up. */
export const book = (
  load: Helper<LoadCommands>,
  url: string,
  extent: { seconds: number } | { amount: number },
  over = connections,
) => load.call('book', { url, connections: over, body: bookingBody(), ...extent });

/** Resolves when no event waits for the broker: what is measured next has the machine for itself. */
export const untilRelayed = ({ db }: Stack, seconds = 60) =>
  waitUntil(
    'all events are relayed',
    async () => (await db('messaging.outbox').whereNull('published_at').first('id')) === undefined,
    seconds,
  );
