import { waitUntil } from '@meander/testing';
import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from './product.ts';

/**
 * One person with unmistakable values takes every path through the product, each kind of failure included. What
 * must not know anything about people is then searched for them: logs, traces, metrics, messages, problems.
 */
const person = {
  first_name: 'Kanarifugl',
  last_name: 'Dompapsen',
  email: 'blaameis.42@example.com',
  phone: '+47 412 34 567',
  organization_name: 'Spettmeisforbundet',
  role_title: 'Trekryperleder',
  organization_size: '11-50',
  current_solution: 'Gråspurvregisteret',
  preferred_demo_timing: 'Stillitstirsdag',
  notes: 'hemmelig-notat-17',
  attribution: {
    utm_source: 'toppmeiskampanje',
    referrer: 'https://stjertmeis.example/',
    landing_page: '/fuglekonge',
  },
};
const clientAddress = '203.0.113.199';
const secrets = [
  ...['kanarifugl', 'dompap', 'blaameis', '412 34 567', '41234567', 'spettmeis', 'trekryper', 'gråspurv'],
  ...['stillits', 'hemmelig-notat', 'toppmeis', 'stjertmeis', 'fuglekonge', 'lappmeis', 'bokfink'],
  clientAddress,
];

let product: Product;
/** Bodies of every problem that was answered. */
const problems: string[] = [];
/** A copy of every message of the product's own, properties and all. */
const messages: string[] = [];
/** References of accepted bookings: who has one can open a confirmation, so they are secret too. */
const references: string[] = [];
let stopCopying: () => Promise<void>;

async function copyMessages({ stack }: Product): Promise<() => Promise<void>> {
  const connection = await connect(stack.amqpUrl);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, `${stack.namePrefix}meander.leads`, '#');
  await channel.consume(
    queue,
    (message) => {
      if (message && !message.properties.headers?.['x-test-poison']) {
        messages.push(JSON.stringify([message.properties, message.fields, message.content.toString()]));
      }
    },
    { noAck: true },
  );
  return () => connection.close();
}

beforeAll(async () => {
  product = await startProduct();
  stopCopying = await copyMessages(product);
});

afterAll(async () => {
  await stopCopying?.();
  await product?.stop();
});

let addresses = 0;
const freshAddress = () => {
  addresses += 1;
  return `203.0.113.${addresses}`;
};

interface Post {
  body?: unknown;
  path?: string;
  method?: string;
  from?: string;
  headers?: Record<string, string>;
}

/** Sends what the person might send, and keeps the answer if it is a problem. */
async function send({ body = person, path = '/leads', method = 'POST', from, headers = {} }: Post = {}) {
  const answer = await fetch(`${product.services.intake.url}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Lappmeis/1.0',
      'x-forwarded-for': from ?? freshAddress(),
      ...headers,
    },
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.headers.get('content-type')?.includes('problem+json')) problems.push(text);
  if (answer.status === 202) references.push(JSON.parse(text).masked_ref);
  return answer.status;
}

async function askSales(path: string, init: RequestInit = {}) {
  const answer = await product.sales(path, init);
  const text = await answer.text();
  if (answer.headers.get('content-type')?.includes('problem+json')) problems.push(text);
  return { status: answer.status, text };
}

const logged = (pattern: RegExp) =>
  waitUntil(`a log line says ${pattern}`, () =>
    Object.values(product.services).some(({ lines }) => lines.some((line) => pattern.test(line))),
  );

const stateOf = (email: string) =>
  product.stack
    .db('notification.deliveries')
    .join('leads', 'leads.id', 'lead_id')
    .where({ email, template: 'confirmation' })
    .first('state')
    .then((row) => row?.state as string | undefined);

describe('PRV-03 a person who takes every path', () => {
  it('books, is limited at the sixth attempt, and gets the mail', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await send({ from: clientAddress })).toBe(202);
    }
    expect(await send({ from: clientAddress })).toBe(429);
    await product.mailTo(person.email);
    for (const path of ['confirmation', 'confirmations'])
      expect(await send({ path: `/${path}/${references[0]}?lang=en`, method: 'GET' })).toBe(200);
  });

  it('is refused for each fault that a request can have', async () => {
    expect(await send({ body: { ...person, email: 'blaameis.42@' } })).toBe(422);
    expect(
      await send({ body: { ...person, phone: '412 34 567 x', role_title: 'Trekryper'.repeat(300) } }),
    ).toBe(422);
    expect(await send({ body: { ...person, first_name: 'Kanarifugl\u0000' } })).toBe(422);
    expect(await send({ body: `{"first_name": "Kanarifugl", "email": blaameis.42` })).toBe(400);
    expect(await send({ body: JSON.stringify({ notes: 'hemmelig-notat-17'.repeat(3000) }) })).toBe(413);
    expect(await send({ headers: { 'content-type': 'text/kanarifugl' } })).toBe(415);
    expect(await send({ path: '/blaameis.42@example.com?name=Dompapsen', method: 'GET' })).toBe(404);
    expect(await send({ method: 'PUT' })).toBe(405);
    const headers = { 'idempotency-key': 'bokfink-1' };
    expect(await send({ headers })).toBe(202);
    expect(await send({ headers, body: { ...person, notes: 'hemmelig-notat-18' } })).toBe(422);
  });

  it('is refused by the database, which says the whole row', async () => {
    await product.stack.db.raw(
      `ALTER TABLE leads ADD CONSTRAINT canary CHECK (organization_name <> 'Spettmeisforbundet nord')`,
    );
    expect(await send({ body: { ...person, organization_name: 'Spettmeisforbundet nord' } })).toBe(500);
    await logged(/"message":"request failed"/);
  });

  it('PRV-05 is unknown to the mail server, which repeats the address', async () => {
    product.sink.onRecipient = (address) => ({
      code: 550,
      text: `5.1.1 <${address}>: blaameis is unknown here`,
    });
    expect(await send({ body: { ...person, email: 'blaameis.43@example.com' } })).toBe(202);
    await waitUntil('it has failed', async () => (await stateOf('blaameis.43@example.com')) === 'failed');
    product.sink.onRecipient = (address) => ({
      code: 450,
      text: `4.2.0 <${address}>: greylisted, Dompapsen`,
    });
    expect(await send({ body: { ...person, email: 'blaameis.44@example.com' } })).toBe(202);
    await waitUntil('it waits', async () => (await stateOf('blaameis.44@example.com')) === 'retrying');
    product.sink.onRecipient = () => undefined;
  });

  it('is in a message that no consumer can read', async () => {
    const connection = await connect(product.stack.amqpUrl);
    const channel = await connection.createConfirmChannel();
    const exchange = `${product.stack.namePrefix}meander.leads`;
    const headers = { 'x-test-poison': 'yes' };
    for (const body of [`{"name": "Kanarifugl`, JSON.stringify(person)])
      channel.publish(exchange, 'lead.created', Buffer.from(body), { headers, messageId: 'poison' });
    await channel.waitForConfirms();
    await logged(/"reason":"not-json","message":"message set aside"/);
    await logged(/"reason":"not-a-cloudevent","message":"message set aside"/);
    await connection.close();
  });

  it('books while the broker is away, and is told to wait while the database is', async () => {
    product.cables.broker.pull();
    await logged(/broker away/);
    expect(await send({ body: { ...person, email: 'blaameis.45@example.com' } })).toBe(202);
    product.cables.broker.plugIn();
    await product.mailTo('blaameis.45@example.com');

    product.cables.database.pull();
    expect(await send()).toBe(503);
    await logged(/"message":"request refused for now"/);
    product.cables.database.plugIn();
    await waitUntil('bookings are taken again', async () => (await send()) === 202);
  });

  it('is looked at, moved and refused by sales', async () => {
    const { status, text } = await askSales(`/leads/${references[0]}`);
    expect(status).toBe(200);
    const { id } = JSON.parse(text) as { id: string };
    const move = (to: string) =>
      askSales(`/leads/${id}/transitions`, {
        method: 'POST',
        body: JSON.stringify({ to, reason: 'Dompapsen ringte om hemmelig-notat' }),
      });
    expect((await move('contacted')).status).toBe(200);
    expect((await move('new')).status).toBe(409);
    expect((await move('Kanarifugl')).status).toBe(422);
    expect((await askSales('/leads/blaameis.42@example.com')).status).toBe(404);
    expect(
      (await askSales(`/leads/${id}/transitions`, { method: 'POST', body: '{"to": Kanarifugl' })).status,
    ).toBe(400);
    const stolen = await fetch(`${product.services.pipeline.url}/leads/${id}`, {
      headers: { authorization: 'Bearer bokfink' },
    });
    problems.push(await stolen.text());
    expect(stolen.status).toBe(401);
    await waitUntil('the move is published', () =>
      messages.some((message) => message.includes('LeadStatusChanged')),
    );
  });
});

describe('PRV-03 OBS-05 none of them is in', () => {
  /** All of the person, and the references that open a confirmation. */
  const found = (text: string) => {
    const lower = text.toLowerCase();
    return [
      ...secrets.filter((secret) => lower.includes(secret)),
      ...references.filter((reference) => text.includes(reference)),
    ];
  };

  it('places where the search would not find them', () => {
    expect(found(JSON.stringify({ ...person, clientAddress, references }))).toEqual([
      ...secrets.filter((secret) => !['41234567', 'lappmeis', 'bokfink'].includes(secret)),
      ...references,
    ]);
  });

  it('the logs', () => {
    const lines = Object.values(product.services).flatMap((service) => service.lines);
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.flatMap(found)).toEqual([]);
    // Each is one line of JSON: nothing that was typed has broken one or forged another.
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('message');
  });

  it('the spans and metrics that were sent', async () => {
    await waitUntil('the last move was sent', () =>
      product.otlp.spans.some(({ name }) => name === 'create lead.status_changed'),
    );
    expect(product.otlp.metrics.size).toBeGreaterThan(20);
    expect(product.otlp.received.flatMap(found)).toEqual([]);
  });

  it('the metrics pages', async () => {
    for (const { metricsUrl } of Object.values(product.services)) {
      const page = await (await fetch(metricsUrl)).text();
      expect(page).toContain('meander_outbox_oldest_age_seconds');
      expect(found(page)).toEqual([]);
    }
  });

  it('the messages, and the outbox they come from', async () => {
    const types = messages.map((message) => JSON.parse(JSON.parse(message)[2]).type);
    for (const type of [
      'LeadCreated',
      'LeadRebooked',
      'ConfirmationSent',
      'ConfirmationFailed',
      'LeadStatusChanged',
    ])
      expect(types).toContain(type);
    expect(messages.flatMap(found)).toEqual([]);
    expect(found(JSON.stringify(await product.stack.db('messaging.outbox').select()))).toEqual([]);
  });

  it('what went aside, but for the message itself', async () => {
    const connection = await connect(product.stack.amqpUrl);
    const channel = await connection.createChannel();
    const dead = await channel.get(`${product.stack.namePrefix}meander.dead`, { noAck: true });
    if (dead === false) throw new Error('nothing was put aside');
    expect(dead.properties.headers).toHaveProperty('x-dead-reason');
    expect(found(JSON.stringify([dead.properties, dead.fields]))).toEqual([]);
    await connection.close();
  });

  it('the problems that were answered', () => {
    const statuses = problems.map((problem) => JSON.parse(problem).status);
    expect([...new Set(statuses)].sort()).toEqual([400, 401, 404, 405, 409, 413, 415, 422, 429, 500, 503]);
    expect(problems.flatMap(found)).toEqual([]);
  });
});
