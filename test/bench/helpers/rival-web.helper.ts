import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';
import { loadRival, type RivalName } from '../rivals/index.ts';
import type { Rival, RivalGround } from '../rivals/rival.ts';
import { serve } from './serve.ts';

const upsertLead = `
  INSERT INTO leads (id, masked_ref, email, first_name, last_name, phone, organization_name, role_title,
    organization_size, current_solution, preferred_demo_timing, notes, locale, ip_address)
  VALUES (gen_random_uuid(), $1, $2, $3, $4, '+4740612345', $5, $6, $7, $8, $9, $10, 'nb', $11)
  ON CONFLICT (email) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
    booking_count = leads.booking_count + 1
  RETURNING id, version`;
/** The last statement before the commit, whose time is when the booking counts as taken. */
const keepSubmission = `
  INSERT INTO intake.submissions (id, lead_id, lead_version, received_at, fields, ip_address)
  VALUES (gen_random_uuid(), $1, $2, clock_timestamp(), $3, $4)`;

/** A booking in one transaction with its job, where the queue can do that; nothing is validated or limited. */
async function take(pool: pg.Pool, rival: Rival, body: Record<string, string>, address: string) {
  const trx = await pool.connect();
  try {
    await trx.query('BEGIN');
    const reference = randomBytes(11).toString('hex').replaceAll('0', 'z');
    const { rows } = await trx.query(upsertLead, [
      ...[reference, body.email, body.first_name, body.last_name, body.organization_name, body.role_title],
      ...[body.organization_size, body.current_solution, body.preferred_demo_timing, body.notes, address],
    ]);
    const [{ id, version }] = rows;
    await rival.enqueue?.(trx, { lead_id: id });
    await trx.query(keepSubmission, [id, version, JSON.stringify(body), address]);
    await trx.query('COMMIT');
    trx.release();
    return { reference, job: { lead_id: id } };
  } catch (error) {
    trx.release(true);
    throw error;
  }
}

const commands = {
  /** An Express application whose bookings enqueue a job. Resolves with its URL. */
  async listen({ name, ground }: { name: RivalName; ground: RivalGround }): Promise<string> {
    const rival = await (await loadRival(name))(ground);
    const pool = new pg.Pool({ connectionString: ground.databaseUrl });
    pool.on('error', () => {});
    const app = express();
    app.post('/leads', express.json(), async (req, res) => {
      const address = req.get('x-forwarded-for') ?? '';
      const { reference: masked_ref, job } = await take(pool, rival, req.body, address);
      await rival.enqueueAfter?.(job);
      const confirmation_url = `http://localhost:3001/confirmation/${masked_ref}`;
      const received_at = new Date().toISOString();
      res.status(202).location(confirmation_url).json({ masked_ref, confirmation_url, received_at });
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
};
export type RivalWebCommands = typeof commands;

serve(commands);
