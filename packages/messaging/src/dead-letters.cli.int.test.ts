import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startBroker } from '@meander/local/broker';
import { bookedEvent, createStack, type Stack, waitUntil } from '@meander/testing';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchanges, queues } from './index.ts';

let stack: Stack;
let broker: ChannelModel;
let channel: ConfirmChannel;
let stopBroker: () => Promise<void>;
let amqpUrl: string;

const named = (name: string) => `${stack.namePrefix}${name}`;
const deadQueue = () => named(queues.dead.name);
const confirmQueue = () => named(queues.confirmLead.name);

/** Runs the command as a process of its own. */
function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const cli = fileURLToPath(new URL('dead-letters.cli.ts', import.meta.url));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, ...args],
      { env: { ...process.env, ...stack.env, AMQP_URL: amqpUrl } },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

const list = async (): Promise<{ id: string }[]> => JSON.parse((await run('list', '--json')).out);

async function setAside(body: string, queue: string = queues.confirmLead.name, reason = 'handler-failed') {
  channel.publish(named(exchanges.dead), 'lead.created', Buffer.from(body), {
    persistent: true,
    headers: { 'x-dead-reason': reason, 'x-dead-queue': queue, 'x-dead-at': '2026-01-01T00:00:00.000Z' },
  });
  await channel.waitForConfirms();
}

const takeOne = (queue: string) => waitUntil('there is a message', () => channel.get(queue, { noAck: true }));

describe.each(['the broker of the run', 'the embedded broker'])('the desk on %s', (which) => {
  beforeEach(async () => {
    stack = await createStack();
    const embedded = which === 'the embedded broker' ? await startBroker({ port: 0 }) : undefined;
    amqpUrl = embedded?.url ?? stack.amqpUrl;
    broker = await connect(amqpUrl);
    channel = await broker.createConfirmChannel();
    stopBroker = async () => embedded?.close();
    expect((await run('list')).out).toBe('There are no dead letters.\n');
  });

  afterEach(async () => {
    await broker.close();
    await stopBroker();
    await stack.drop();
  });

  it('lists in order and changes nothing, however often RabbitMQ 4 would bear it', async () => {
    const events = [bookedEvent(), bookedEvent(), bookedEvent()];
    for (const event of events) await setAside(JSON.stringify(event));
    // Each of them has come back 15 times already, and with the looks here more than the 20 times it is given.
    for (let returns = 1; returns <= 15; returns += 1) {
      const held = [];
      for (const _ of events) held.push(await waitUntil('it is there', () => channel.get(deadQueue())));
      for (const message of held) channel.nack(message, false, true);
    }
    for (let looks = 1; looks <= 7; looks += 1) {
      expect((await list()).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    }
    expect(await channel.checkQueue(deadQueue())).toMatchObject({ messageCount: 3 });
  });

  it('shows an event of ours, and nothing of what a stranger wrote', async () => {
    const event = bookedEvent();
    await setAside(JSON.stringify(event));
    await setAside('{"email":"kari@example.no"', queues.confirmLead.name, 'not-json');
    expect((await run('show', event.id)).out).toContain(event.subject);
    const foreign = (await list())[1];
    const { out, code } = await run('show', foreign?.id ?? '');
    expect(out).toMatch(/26 bytes, SHA-256 [0-9a-f]{64}/);
    expect(out).not.toContain('kari');
    expect(code).toBe(0);
  });

  it('replays to the queue it came from, as it was, and once', async () => {
    const event = bookedEvent();
    await setAside(JSON.stringify(event));
    expect(await run('replay', event.id)).toMatchObject({ code: 0, out: 'Replayed 1 of 1.\n' });
    const message = await takeOne(confirmQueue());
    expect(message.content.toString()).toBe(JSON.stringify(event));
    // RabbitMQ counts deliveries in a header of its own.
    expect(Object.keys(message.properties.headers ?? {}).filter((name) => /dea/.test(name))).toEqual([]);
    const again = await run('replay', event.id);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('no dead letter with that ID') });
    expect(await channel.checkQueue(confirmQueue())).toMatchObject({ messageCount: 0 });
  });

  it('replays all that it can, and keeps what belongs nowhere', async () => {
    const [good, homeless] = [bookedEvent(), bookedEvent()];
    await setAside(JSON.stringify(homeless), 'pipeline:own');
    await setAside(JSON.stringify(good));
    const { code, out } = await run('replay', '--all', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ replayed: [{ id: good.id }], left: [{ id: homeless.id }] });
    expect(await list()).toMatchObject([{ id: homeless.id }]);
  });

  it('discards with a reason alone, all letters of one ID, and writes it down', async () => {
    const event = bookedEvent();
    await setAside(JSON.stringify(event));
    await setAside(JSON.stringify(event));
    expect(await run('discard', event.id)).toMatchObject({
      code: 1,
      err: expect.stringContaining('--reason'),
    });
    expect(await run('discard', event.id, '--reason', 'a test', '--by', 'kari')).toMatchObject({ code: 0 });
    expect(await list()).toEqual([]);
    const row = { letter_id: event.id, why: 'a test', discarded_by: 'kari', dead_reason: 'handler-failed' };
    expect(await stack.db('messaging.discarded_letters')).toMatchObject([row, row]);
  });
});
