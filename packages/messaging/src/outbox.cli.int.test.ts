import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createEvent, createId } from '@meander/lead';
import { createStack, type Stack, waitUntil } from '@meander/testing';
import { type ChannelModel, type ConfirmChannel, connect, type Options } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNames, exchanges, type Names } from './topology.ts';

let stack: Stack;
let names: Names;
let broker: ChannelModel;
let channel: ConfirmChannel;
/** Of whoever wants to hear the past. */
let queue: string;

beforeAll(async () => {
  stack = await createStack();
  names = createNames(stack.namePrefix);
  broker = await connect(stack.amqpUrl);
  broker.on('error', () => {});
  channel = await broker.createConfirmChannel();
});
afterAll(async () => {
  await broker.close();
  await stack.drop();
});

beforeEach(() => {
  queue = `reports:lead:count-${randomUUID()}`;
});
afterEach(async () => {
  await channel.deleteQueue(names(queue));
  await stack.db('messaging.outbox').delete();
});

const declare = (options: Options.AssertQueue['arguments'] = { 'x-queue-type': 'quorum' }) =>
  channel.assertQueue(names(queue), { arguments: options });

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Runs the command as a process of its own. */
function run(...args: string[]): Promise<Ended> {
  const cli = fileURLToPath(new URL('outbox.cli.ts', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { env: { ...process.env, ...stack.env } }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

/** Published events, 100 seconds between one and the next; tells their ids in order. */
async function publishedAt(hour: string, count: number, overlay: Record<string, unknown> = {}) {
  const rows = Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.parse(`2026-01-31T${hour}:00:00Z`) + index * 100_000);
    const event = createEvent('LeadErased', {
      ...{ id: createId(), time, source: 'pipeline', leadId: randomUUID() },
      data: { erased_at: time.toISOString(), erased_by: 'key:test' },
    });
    return {
      ...{ event_id: event.id, type: event.type, routing_key: 'lead.erased', subject: event.subject },
      ...{ event: JSON.stringify(event), created_at: time, published_at: time, ...overlay },
    };
  });
  await stack.db('messaging.outbox').insert(rows);
  return rows.map(({ event_id }) => event_id);
}

const day = ['--from', '2026-01-31T00:00:00Z', '--to', '2026-02-01T00:00:00Z'];

/** The ids of what is in the queue, which is empty then. */
async function arrived(): Promise<string[]> {
  const { messageCount } = await channel.checkQueue(names(queue));
  const ids: string[] = [];
  const { consumerTag } = await channel.consume(
    names(queue),
    (message) => message && ids.push(String(message.properties.messageId)),
    { noAck: true },
  );
  await waitUntil('all is read', () => ids.length >= messageCount);
  await channel.cancel(consumerTag);
  return ids;
}

describe('outbox replay', () => {
  it('gives one queue what was committed in the time, in order, once, and nobody else', async () => {
    await declare();
    await channel.assertExchange(names(exchanges.leads), 'topic', { durable: true });
    await channel.bindQueue(names(queue), names(exchanges.leads), 'unrelated');
    const before = await publishedAt('06', 1);
    const wanted = await publishedAt('08', 3);
    const later = await publishedAt('09', 1);
    const updated = await publishedAt('08', 1, { type: 'LeadUpdated', routing_key: 'lead.updated' });
    await publishedAt('08', 2, { routing_key: 'synthetic.lead.erased' });
    await publishedAt('08', 1, { published_at: null });
    const some = [
      '--from',
      '2026-01-31T08:00:00Z',
      '--to',
      '2026-01-31T10:00:00+01:00',
      '--type',
      'LeadErased',
    ];
    expect(await run('replay', ...some, '--queue', queue)).toMatchObject({
      code: 0,
      out: 'Published 3 of 3.\n',
    });
    expect(await arrived()).toEqual(wanted);
    expect(await run('replay', ...day, '--queue', queue)).toMatchObject({ code: 0 });
    expect(await arrived()).toEqual([...before, ...wanted, ...later, ...updated]);
  });

  it('tells everybody who listens where no queue is named', async () => {
    await declare();
    await channel.bindQueue(names(queue), names(exchanges.leads), 'lead.#');
    const told = await publishedAt('08', 2);
    expect(await run('replay', ...day)).toMatchObject({ code: 0 });
    expect(await arrived()).toEqual(told);
  });

  it('only counts on a dry run, and says what is kept', async () => {
    await declare();
    await publishedAt('08', 3);
    await publishedAt('08', 1, { published_at: null });
    const dry = JSON.parse((await run('replay', ...day, '--queue', queue, '--dry-run', '--json')).out);
    expect(dry).toEqual({ queue, selected: 3, types: [{ type: 'LeadErased', events: 3 }] });
    expect(await arrived()).toEqual([]);
    expect(JSON.parse((await run('status', '--json')).out)).toEqual({
      waiting: { events: 1, since: '2026-01-31T08:00:00.000Z' },
      kept: [
        {
          ...{ type: 'LeadErased', events: 3 },
          ...{ from: '2026-01-31T08:00:00.000Z', to: '2026-01-31T08:03:20.000Z' },
        },
      ],
    });
    expect((await run('status')).out).toMatch(/^Waiting for the broker: 1, the oldest since .*\n\nTYPE/);
  });

  it('stops where the broker takes no more, and says from where to go on', async () => {
    // It counts a little late, so there is more than one batch.
    await declare({ 'x-queue-type': 'quorum', 'x-max-length': 2, 'x-overflow': 'reject-publish' });
    const events = await publishedAt('00', 700);
    const { code, out } = await run('replay', ...day, '--queue', queue, '--json');
    expect(code).toBe(2);
    const { selected, replayed, resume_from } = JSON.parse(out);
    const first = await arrived();
    expect(selected).toBe(events.length);
    expect(replayed).toBe(first.length);
    await channel.deleteQueue(names(queue));
    await declare();
    const again = await run('replay', '--from', resume_from, ...day.slice(2), '--queue', queue);
    expect(again).toMatchObject({ code: 0 });
    const rest = await arrived();
    expect(rest.length).toBeLessThan(events.length);
    expect(new Set([...first, ...rest])).toEqual(new Set(events));
  });

  it('refuses a queue that is not there', async () => {
    await publishedAt('08', 1);
    const refused = { code: 1, out: '', err: `There is no queue ${names(queue)} on this broker.\n` };
    expect(await run('replay', ...day, '--queue', queue)).toEqual(refused);
  });
});
