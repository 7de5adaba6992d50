import {
  bookingBody,
  createEventJudge,
  type EventDocument,
  faultsOfEventDocument,
  waitUntil,
} from '@meander/testing';
import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from './product.ts';

interface Message {
  routingKey: string;
  contentType: unknown;
  event: { type: string; data: Record<string, unknown> };
}
let product: Product;
let document: EventDocument;
let stopCatching: () => Promise<void>;
const messages: Message[] = [];

async function catchMessages({ stack }: Product): Promise<() => Promise<void>> {
  const connection = await connect(stack.amqpUrl);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  const [{ bindings } = { bindings: undefined }] = Object.values(document.channels);
  await channel.bindQueue(queue, `${stack.namePrefix}${bindings?.amqp.exchange.name}`, '#');
  const take = (content: Buffer, routingKey: string, contentType: unknown) =>
    messages.push({ routingKey, contentType, event: JSON.parse(content.toString()) });
  await channel.consume(
    queue,
    (message) => message && take(message.content, message.fields.routingKey, message.properties.contentType),
    { noAck: true },
  );
  return () => connection.close();
}

const told = (type: string) =>
  waitUntil(`${type} is told`, () => messages.some(({ event }) => event.type === type));

beforeAll(async () => {
  product = await startProduct();
  const answer = await fetch(`${product.services.pipeline.url}/asyncapi.json`);
  document = (await answer.json()) as EventDocument;
  stopCatching = await catchMessages(product);
});
afterAll(async () => {
  await stopCatching?.();
  await product?.stop();
});

/** A lead of sales, by its API; the answer must be a success. */
async function sales(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await product.sales(path, { method, ...(body && { body: JSON.stringify(body) }) });
  expect([method, path, answer.ok]).toEqual([method, path, true]);
  return answer.status === 204 ? {} : answer.json();
}

describe('the description of the events', () => {
  it('is AsyncAPI 3.0, by the official schema', () => {
    expect(faultsOfEventDocument(document)).toEqual([]);
  });

  it('holds for every event of a journey through all types', async () => {
    const body = bookingBody();
    const accepted = await product.book(body);
    expect(accepted.status).toBe(202);
    await told('ConfirmationSent');
    const { masked_ref: ref } = (await accepted.json()) as { masked_ref: string };
    await fetch(`${product.services.intake.url}/confirmation/${ref}/resend`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams(),
      redirect: 'manual',
    });
    await told('ConfirmationRequested');
    expect((await product.book(body)).status).toBe(202);
    await told('LeadRebooked');
    const { items } = (await sales('GET', '/leads')) as { items: { id: string }[] };
    const path = `/leads/${items[0]?.id}`;
    const demo = { demo_at: '2027-03-27T13:00:00+01:00', demo_minutes: 30, demo_location: null };
    await sales('POST', `${path}/transitions`, { to: 'contacted' });
    await sales('POST', `${path}/transitions`, { to: 'demo_scheduled', ...demo });
    await sales('PUT', `${path}/demo`, { ...demo, demo_minutes: 45 });
    await sales('PATCH', path, { notes: 'Ring' });
    await sales('DELETE', path);
    await told('LeadErased');
    const { email: _, ...rest } = bookingBody();
    await sales('POST', '/leads', { ...rest, email: 'entered@example.com', source: 'event' });
    product.sink.onRecipient = () => ({ code: 550, text: 'No such user' });
    expect((await product.book(bookingBody())).status).toBe(202);
    await told('ConfirmationFailed');
    const { event: failed } = messages.find(({ event }) => event.type === 'ConfirmationFailed') ?? {};
    await sales('POST', `/deliveries/${failed?.data.delivery_id}/retry`);
    await told('DeliveryRetryRequested');

    const faults = createEventJudge(document);
    for (const { routingKey, contentType, event } of messages) {
      expect(faults(event)).toEqual([]);
      expect(faults({ ...event, data: {} } as typeof event)).not.toEqual([]);
      expect(routingKey).toBe(document.channels[event.type]?.address);
      expect(contentType).toBe(document.components.messages[event.type]?.contentType);
    }
    const types = new Set(messages.map(({ event }) => event.type));
    expect([...types].sort()).toEqual(Object.keys(document.channels).sort());
  });
});
