import { createTransport } from 'nodemailer';
import pg from 'pg';
import { loadRival, type RivalName } from '../rivals/index.ts';
import type { RivalGround } from '../rivals/rival.ts';
import { type SampleMail, toMessage } from '../world/sample-mail.ts';
import { serve } from './serve.ts';

const commands = {
  /** From now on reads the lead of each job and mails to it through nodemailer's pool, as the usual worker does. */
  async work({
    name,
    ground,
    smtpUrl,
    concurrency,
    mail,
  }: {
    name: RivalName;
    ground: RivalGround;
    smtpUrl: string;
    concurrency: number;
    mail: SampleMail;
  }): Promise<void> {
    const rival = await (await loadRival(name))(ground);
    const pool = new pg.Pool({ connectionString: ground.databaseUrl });
    pool.on('error', () => {});
    const transport = createTransport({ url: smtpUrl, pool: true, maxConnections: concurrency });
    await rival.work(async ({ lead_id }) => {
      const { rows } = await pool.query('SELECT email FROM leads WHERE id = $1', [lead_id]);
      await transport.sendMail(toMessage(mail, rows[0].email));
    }, concurrency);
  },
};
export type RivalWorkerCommands = typeof commands;

serve(commands);
