import { randomBytes } from 'node:crypto';
import { startServiceProcess } from '@meander/local/service-process';
import { attributes } from '@meander/telemetry';
import { bookingBody, type ReceivedSpan, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from './product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});

afterAll(() => product?.stop());

let clients = 0;
/** The header of a caller that has a trace, and a client address that nobody else has. */
function caller({ sampled = true } = {}) {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  clients += 1;
  const headers = {
    traceparent: `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`,
    'x-forwarded-for': `203.0.113.${clients}`,
  };
  return { traceId, spanId, headers };
}

/** Whether a pool had to open a connection meanwhile is chance. */
const isConnect = ({ name }: ReceivedSpan) => /^pg(-pool)?\.connect/.test(name);

const spansOf = (traceId: string) =>
  product.otlp.spans.filter((span) => span.traceId === traceId && !isConnect(span));

const byListener = (span: ReceivedSpan) => span.name === 'process pipeline:own';

/** Books and waits until the last span of its trace is there: the listeners hear that the mail is out. */
async function traceOfBooking() {
  const { traceId, spanId, headers } = caller();
  const body = bookingBody();
  expect((await product.book(body, headers)).status).toBe(202);
  await product.mailTo(String(body.email));
  await waitUntil(
    'both events of the booking are handled by the listeners',
    () => spansOf(traceId).filter(byListener).length === 2,
  );
  for (const name of ['POST /leads', 'process notification:lead:confirm', 'deliver confirmation']) {
    await waitUntil(`the span "${name}" has ended`, () =>
      spansOf(traceId).some((span) => span.name === name),
    );
  }
  return { traceId, spanId, spans: spansOf(traceId) };
}

const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const isQuery = ({ name }: ReceivedSpan) => name.startsWith('pg.query');

/** The trace as a tree of lines: service, kind and name, indented below the parent; queries by their first words. */
function asTree(spans: readonly ReceivedSpan[], parentSpanId: string, indent = ''): string[] {
  const line = (span: ReceivedSpan) => {
    const query = String(span.attributes['db.query.text'] ?? '').trim();
    const target = /^(?:insert into|update) ([\w."]+)/i.exec(query)?.[1]?.replaceAll('"', '') ?? '';
    const name = isQuery(span) ? `${query.split(/[\s;]/)[0]?.toLowerCase()} ${target}`.trim() : span.name;
    return `${indent}${span.service.replace('meander-', '')} ${kinds[span.kind]}: ${name}`;
  };
  return spans
    .filter((span) => span.parentSpanId === parentSpanId)
    .flatMap((span) => [line(span), ...asTree(spans, span.spanId, `${indent}  `)]);
}

/** Siblings end in no fixed order; two of one text stay two. */
const sorted = (lines: readonly string[]) => [...lines].sort();

describe('a booking', () => {
  it('OBS-03 is one trace over three services, from the post to the stamp, span by span', async () => {
    const { spanId, spans } = await traceOfBooking();
    const tree = asTree(spans, spanId);
    // Every span hangs below the caller's: a chain that breaks anywhere would leave some out.
    expect(tree).toHaveLength(spans.length);
    expect(sorted(tree)).toEqual(
      sorted([
        'intake server: POST /leads',
        '  intake client: limit attempts',
        '  intake internal: validate booking',
        '  intake producer: create lead.created',
        '    intake client: INSERT leads',
        '    notification consumer: process notification:lead:confirm',
        '      notification client: INSERT notification.deliveries',
        '      notification internal: deliver confirmation',
        '        notification internal: render mail',
        '        notification client: send mail',
        '        notification producer: create lead.confirmation_sent',
        '          notification client: UPDATE notification.deliveries',
        '          pipeline consumer: process pipeline:own',
        '    pipeline consumer: process pipeline:own',
      ]),
    );
  });

  it('OBS-01 starts a new trace where the caller’s context is malformed', async () => {
    const { headers } = caller();
    const malformed = { ...headers, traceparent: '00-xyz-123-01', tracestate: '=,=,=' };
    const known = new Set(product.otlp.spans.map(({ traceId }) => traceId));
    expect((await product.book(bookingBody(), malformed)).status).toBe(202);
    const root = await waitUntil('the span of the request is there', () =>
      product.otlp.spans.find(({ name, traceId }) => name === 'POST /leads' && !known.has(traceId)),
    );
    expect(root.parentSpanId).toBe('');
  });

  it('takes over whose trace it is, and nothing else that a caller may have written', async () => {
    const { traceId, headers } = caller();
    const told = 'vendor=kari.nordmann@example.com';
    const body = bookingBody();
    expect((await product.book(body, { ...headers, tracestate: told })).status).toBe(202);
    const events = await product.stack.db('messaging.outbox').whereLike('traceparent', `%${traceId}%`);
    expect(events).not.toEqual([]);
    expect(JSON.stringify(events)).not.toContain('kari.nordmann');
  });

  it('bears only names that are registered, or of the semantic conventions', async () => {
    const { spans } = await traceOfBooking();
    const used = new Set(spans.flatMap((span) => Object.keys(span.attributes)));
    const conventional =
      /^(http\.(request\.method|route|response\.status_code)|url\.scheme|error\.type|network\.protocol\.name|server\.(address|port)|db\.(system\.name|namespace|query\.text|operation\.name|operation\.batch\.size|collection\.name)|messaging\.[a-z_.]+)$/;
    const registered: readonly string[] = Object.values(attributes);
    expect([...used].filter((name) => !registered.includes(name) && !conventional.test(name))).toEqual([]);
  });

  it('OBS-05 leaves the text of a query with placeholders', async () => {
    await traceOfBooking();
    const { id } = await product.stack.db('leads').where({ status: 'new' }).first('id');
    const { traceId, headers } = caller();
    const body = JSON.stringify({ to: 'contacted', reason: 'asked for prices' });
    const moved = await product.sales(`/leads/${id}/transitions`, { method: 'POST', body, headers });
    expect(moved.status).toBe(200);
    const inserts = await waitUntil('the queries of the move are told', () => {
      const texts = spansOf(traceId)
        .filter(isQuery)
        .map((span) => String(span.attributes['db.query.text']));
      const found = texts.filter((text) => /^\s*insert/i.test(text));
      return found.length >= 2 ? found : undefined;
    });
    expect(inserts.join()).not.toContain('prices');
    for (const text of inserts) expect(text).toMatch(/\(?\$1\b/);
  });

  it('has the transaction that served several at once below the first, linked to the others', async () => {
    const callers = Array.from({ length: 12 }, () => caller());
    await Promise.all(callers.map(({ headers }) => product.book(bookingBody(), headers)));
    const creations = await waitUntil('the spans of the creations are there', () => {
      const found = callers.map(({ traceId }) =>
        spansOf(traceId).find(({ name }) => name === 'create lead.created'),
      );
      return found.every((span) => span !== undefined) ? found : undefined;
    });
    const traceIds = callers.map(({ traceId }) => traceId);
    const transactions = product.otlp.spans.filter(
      ({ name, traceId }) => name === 'INSERT leads' && traceIds.includes(traceId),
    );
    const served = transactions.flatMap(({ parentSpanId, links }) => [
      parentSpanId,
      ...links.map(({ spanId }) => spanId),
    ]);
    expect(served.sort()).toEqual(creations.map((span) => span?.spanId).sort());
    for (const { links, attributes: about } of transactions) {
      expect(about['db.operation.batch.size'] ?? 1).toBe(links.length + 1);
    }
    await waitUntil('nothing of theirs is under way any more', () =>
      traceIds.every((traceId) => spansOf(traceId).filter(byListener).length === 2),
    );
  });

  it('is linked to by the relay’s batch, each of several', async () => {
    const held = await product.holdRelays();
    const callers = [caller(), caller(), caller()];
    for (const { headers } of callers) expect((await product.book(bookingBody(), headers)).status).toBe(202);
    await held.release();
    const creations = await waitUntil('the spans of the creations are there', () => {
      const found = callers.map(({ traceId }) =>
        spansOf(traceId).find(({ name }) => name === 'create lead.created'),
      );
      return found.every((span) => span !== undefined) ? found : undefined;
    });
    const batch = await waitUntil('the batch that published them is there', () =>
      product.otlp.spans.find(
        ({ name, links }) =>
          name === 'send meander.leads' && links.some(({ spanId }) => spanId === creations[0]?.spanId),
      ),
    );
    expect(batch.links.map(({ spanId }) => spanId)).toEqual(creations.map((span) => span?.spanId));
    expect(kinds[batch.kind]).toBe('client');
    expect(batch.attributes['messaging.batch.message_count']).toBe(3);
    expect(callers.map(({ traceId }) => traceId)).not.toContain(batch.traceId);
  });
});

describe('a mail that is tried again hours later', () => {
  it('is a trace of its own, linked to the booking’s', async () => {
    const { traceId, headers } = caller();
    const body = bookingBody();
    const address = String(body.email);
    product.sink.onRecipient = (to) => (to === address ? { code: 451, text: 'Try again later' } : undefined);
    expect((await product.book(body, headers)).status).toBe(202);
    const { db } = product.stack;
    const { id } = await waitUntil(
      'the first attempt is put off',
      (): Promise<{ id: string } | undefined> =>
        db('notification.deliveries AS mail')
          .join('leads', 'leads.id', 'mail.lead_id')
          .where({ email: address, state: 'retrying' })
          .first('mail.id'),
    );
    product.sink.onRecipient = () => undefined;
    await db('notification.deliveries')
      .where({ id })
      .update({
        created_at: db.raw("created_at - interval '5 hours'"),
        first_attempt_at: db.raw("first_attempt_at - interval '5 hours'"),
        next_attempt_at: db.fn.now(),
      });
    await product.mailTo(address);

    const attempts = await waitUntil('both attempts have told their span', () => {
      const told = product.otlp.spans.filter(
        (span) => span.name === 'deliver confirmation' && span.attributes[attributes.deliveryId] === id,
      );
      return told.length === 2 ? told : undefined;
    });
    const [first, later] = attempts;
    expect(first).toMatchObject({ traceId, links: [] });
    expect(later).toMatchObject({ parentSpanId: '', attributes: { [attributes.deliveryState]: 'sent' } });
    expect(later?.traceId).not.toBe(traceId);
    // Linked to the span that both attempts come from: whoever finds one of the two traces finds the other.
    expect(later?.links).toEqual([expect.objectContaining({ traceId, spanId: first?.parentSpanId })]);
    const sending = await waitUntil('the later attempt has told what it did', () =>
      spansOf(String(later?.traceId)).find(({ name }) => name === 'send mail'),
    );
    expect(sending.attributes[attributes.outcome]).toBe('accepted');
  });
});

describe('sampling', () => {
  it('is the caller’s: a trace that is not sampled is sent by no service', async () => {
    const unsampled = caller({ sampled: false });
    const body = bookingBody();
    expect((await product.book(body, unsampled.headers)).status).toBe(202);
    await product.mailTo(String(body.email));
    // What is sent goes in order: once a later trace is whole, an earlier one would have been there.
    await traceOfBooking();
    expect(spansOf(unsampled.traceId)).toEqual([]);
    const row = await product.stack
      .db('messaging.outbox')
      .where('traceparent', 'like', `%${unsampled.traceId}%`)
      .first();
    expect(row.traceparent).toMatch(/-00$/);
  });

  it('is that of OTEL_TRACES_SAMPLER where the caller has none', async () => {
    const started = await startAlone({ OTEL_TRACES_SAMPLER: 'parentbased_always_off', ...product.otlp.env });
    const before = product.otlp.spans.length;
    await fetch(`${started.url}/never-sampled`);
    const { traceId, headers } = caller();
    await fetch(`${started.url}/sampled-by-the-caller`, { headers });
    await started.stop();
    const fromAlone = product.otlp.spans.slice(before).filter(({ name }) => name === 'GET unmatched');
    expect(fromAlone.map((span) => span.traceId)).toEqual([traceId]);
  });
});

describe('without a collector', () => {
  it('each log line of a request still has its trace’s id', async () => {
    const started = await startAlone({});
    const { traceId, headers } = caller();
    await fetch(`${started.url}/with-a-trace`, { headers });
    await fetch(`${started.url}/without`);
    await started.stop();
    const ids = started.lines
      .map((line) => JSON.parse(line))
      .filter(({ message }) => message === 'request')
      .map(({ trace_id }) => trace_id);
    expect(ids).toEqual([traceId, expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it('that is named but away, the log is no louder and a stop no longer', async () => {
    const started = await startAlone({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    });
    for (let i = 0; i < 50; i += 1) expect((await fetch(`${started.url}/`)).status).toBe(200);
    await started.stop();
    // A stop that takes too long is ended with another code.
    expect(await started.ended).toBe('intake ended (exit code 0)');
    const messages = new Set(started.lines.map((line) => JSON.parse(line).message));
    expect(
      [...messages].filter((message) => !/request|listening|stopp|broker connected/.test(message)),
    ).toEqual([]);
  });
});

/** Intake as one more process beside the product. */
async function startAlone(env: Record<string, string>) {
  const lines: string[] = [];
  const child = startServiceProcess(
    'intake',
    0,
    { ...process.env, ...product.stack.env, LOG_LEVEL: 'info', ...env },
    (_name, line) => lines.push(line),
  );
  const port = await waitUntil('it listens', () => {
    const line = lines.find((text) => text.includes('"message":"listening"'));
    return line === undefined ? undefined : (JSON.parse(line).port as number);
  });
  return { url: `http://127.0.0.1:${port}`, lines, stop: child.stop, ended: child.ended };
}
