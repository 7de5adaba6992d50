import { createTransport } from 'nodemailer';
import { type SampleMail, toMessage } from '../world/sample-mail.ts';
import { serve } from './serve.ts';

const commands = {
  /** Sends so many mails through nodemailer's own pool, all handed in at once, as its documentation shows. */
  async send({
    url,
    count,
    connections,
    mail,
  }: {
    url: string;
    count: number;
    connections: number;
    mail: SampleMail;
  }): Promise<void> {
    const transport = createTransport({
      url,
      pool: true,
      maxConnections: connections,
      maxMessages: Number.POSITIVE_INFINITY,
    });
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        transport.sendMail(toMessage(mail, `visitor.${index}@example.com`)),
      ),
    );
    transport.close();
  },
};
export type PoolCommands = typeof commands;

serve(commands);
