import { simpleParser } from 'mailparser';
import type { SendMailOptions } from 'nodemailer';
import type { SinkCommands } from '../helpers/sink.helper.ts';
import type { Helper } from './helper.ts';

/** A confirmation as the product sends it, for others to send as much. */
export interface SampleMail {
  from: string;
  subject: string;
  text: string;
  html: string;
}

/** The last mail that the sink took. @throws where it was no confirmation */
export async function readSample(sink: Helper<SinkCommands>): Promise<SampleMail> {
  const { from, subject, text, html } = await simpleParser(await sink.call('lastSource'));
  if (!from || !subject || !text || !html) throw new Error('the sink has no confirmation to go by');
  return { from: from.text, subject, text, html };
}

/** What nodemailer makes a mail of. */
export const toMessage = (mail: SampleMail, to: string): SendMailOptions => ({ ...mail, to });
