import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { exchanges, queues } from '@meander/messaging';
import { type SmtpSink, startSmtpSink, waitUntil } from '@meander/testing';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig } from './testing/rig.ts';

let rig: Awaited<ReturnType<typeof createRig>>;
let sink: SmtpSink;

beforeAll(async () => {
  rig = await createRig();
  sink = await startSmtpSink();
  await rig.start({ SMTP_URL: sink.url });
});
afterAll(async () => {
  await rig.drop();
  await sink.stop();
});

const mailsTo = (email: string) => sink.mails.filter(({ to }) => to.includes(email)).length;

/** Runs a command of the operator's as a process of its own; tells what it wrote. */
async function run(command: 'outbox' | 'dead-letters', ...args: string[]): Promise<string> {
  const cli = fileURLToPath(import.meta.resolve(`../../../packages/messaging/src/${command}.cli.ts`));
  const env = { ...process.env, ...rig.stack.env };
  return (await promisify(execFile)(process.execPath, [cli, ...args], { env })).stdout;
}

/** Puts an event among the dead letters, as if notification had failed at it. */
async function setAside(eventId: string): Promise<void> {
  const { event } = await rig.stack.db('messaging.outbox').where({ event_id: eventId }).first('event');
  const broker = await connect(rig.stack.amqpUrl);
  const channel = await broker.createConfirmChannel();
  channel.publish(
    `${rig.stack.namePrefix}${exchanges.dead}`,
    'lead.created',
    Buffer.from(JSON.stringify(event)),
    {
      headers: { 'x-dead-reason': 'handler-failed', 'x-dead-queue': queues.confirmLead.name },
    },
  );
  await channel.waitForConfirms();
  await broker.close();
}

it('sends no second mail, whatever is replayed into the running service, and however often', async () => {
  const first = await rig.book();
  await waitUntil('its mail is sent', () => mailsTo(first.email) > 0);
  const range = ['--from', '2020-01-01T00:00:00Z', '--to', '2100-01-01T00:00:00Z', '--type', 'LeadCreated'];
  const published = { event_id: first.eventId };
  await waitUntil('its event is marked', () =>
    rig.stack.db('messaging.outbox').where(published).whereNotNull('published_at').first('id'),
  );
  for (const queue of [[], ['--queue', queues.confirmLead.name]])
    expect(await run('outbox', 'replay', ...range, ...queue)).toBe('Published 1 of 1.\n');
  for (let time = 1; time <= 2; time += 1) {
    await setAside(first.eventId);
    expect(await run('dead-letters', 'replay', '--all')).toBe('Replayed 1 of 1.\n');
  }
  // What comes later is behind all of it in the queue.
  const last = await rig.book();
  await waitUntil('the mail of the last one is sent', () => mailsTo(last.email) > 0);
  expect(mailsTo(first.email)).toBe(1);
  expect(await rig.deliveries(first.id)).toHaveLength(1);
});
