import type { Socket } from 'node:net';
import {
  byKeyAlone,
  type DatabaseAccess,
  postgresConnection,
  sessionSettings,
  withDeadline,
} from '@meander/runtime';
import { withoutTracing } from '@meander/telemetry';
import pg from 'pg';

/** The connection of a relay: it holds the advisory lock that makes one relay active, and hears of new events. */
export interface RelaySession {
  /** One query after the other, as the driver wants it. One with a name is planned once. */
  query<R extends pg.QueryResultRow>(query: string | pg.QueryConfig): Promise<pg.QueryResult<R>>;
  /** True once this session is the active relay; it stays so until the connection ends. */
  takeLead(): Promise<boolean>;
  /** Tells the active relay in another process that there is something to publish; at most one call each 5 ms is sent. */
  notify(): void;
  close(): Promise<void>;
}

const channel = 'meander_outbox';
/** "outbox" in ASCII: any constant that nobody else in the database uses. */
const relayLock = 0x6f7574626f78;
const notifyInterval = 5;
/**
 * A session that says nothing for so long is ended by the server, and its lock goes to another relay: a process that
 * stands still, or a connection that died without a word, would hold it for hours. Longer than a relay waits for a
 * broker that does not answer.
 */
const idleTimeout = '15s';
/** How long a session may take to close, in milliseconds. */
const closeDeadline = 2_000;

/**
 * Opens a session of its own, outside the pool: a notification sent inside the transaction of a booking would
 * serialise all commits of the server.
 */
export async function openRelaySession({
  database,
  role,
  applicationName,
  onWake,
  onLost,
}: {
  database: DatabaseAccess;
  role: string;
  applicationName: string;
  onWake: () => void;
  onLost: () => void;
}): Promise<RelaySession> {
  const client = new pg.Client({
    ...postgresConnection(database),
    application_name: applicationName,
    options: sessionSettings({ role, idle_session_timeout: idleTimeout, ...byKeyAlone }),
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    statement_timeout: 8_000,
    keepAlive: true,
  });
  client.on('error', onLost);
  client.on('end', onLost);
  client.on('notification', onWake);
  await client.connect();
  await client.query(`LISTEN ${channel}`);

  let lead = false;
  let notifying: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const query = <R extends pg.QueryResultRow>(asked: string | pg.QueryConfig) => {
    const answer = turn.then(() => client.query<R>(asked));
    turn = answer.catch(() => {});
    return answer;
  };
  return {
    query,
    async takeLead() {
      if (!lead) {
        const { rows } = await query<{ lead: boolean }>(`SELECT pg_try_advisory_lock(${relayLock}) AS lead`);
        lead = rows[0]?.lead ?? false;
      }
      return lead;
    },
    notify() {
      notifying ??= setTimeout(() => {
        notifying = undefined;
        withoutTracing(() => query(`NOTIFY ${channel}`)).catch(() => {});
      }, notifyInterval);
    },
    async close() {
      clearTimeout(notifying);
      client.off('end', onLost);
      // The server's goodbye never comes over a connection that died without a word.
      await withDeadline(client.end(), closeDeadline).catch(() => {});
      (client as pg.Client & { connection: { stream: Socket } }).connection.stream.destroy();
    },
  };
}
