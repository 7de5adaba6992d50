import { createKey, scopes } from '@meander/auth';
import {
  bookingBody,
  createStack,
  type OtlpReceiver,
  type ServiceHandle,
  type SmtpSink,
  type Stack,
  startOtlpReceiver,
  startServices,
  startSmtpSink,
  waitUntil,
} from '@meander/testing';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stack: Stack;
let sink: SmtpSink;
let otlp: OtlpReceiver;
let services: Record<'intake' | 'notification' | 'pipeline', ServiceHandle>;
let authorization: string;

beforeAll(async () => {
  [stack, sink, otlp] = await Promise.all([createStack(), startSmtpSink(), startOtlpReceiver()]);
  services = await startServices(['intake', 'notification', 'pipeline'], {
    ...stack.env,
    ...otlp.env,
    SMTP_URL: sink.url,
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const { secret } = await createKey(stack.db, { name: 'journey', scopes });
  authorization = `Bearer ${secret}`;
});

afterAll(async () => {
  await Promise.all(Object.values(services ?? {}).map((service) => service.stop()));
  await Promise.all([sink?.stop(), otlp?.stop()]);
  await stack?.drop();
});

const book = (body: object, headers: Record<string, string> = {}) =>
  fetch(`${services.intake.url}/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const mailTo = (address: string) =>
  waitUntil(`a mail to ${address} is there`, () => sink.mails.find(({ to }) => to.includes(address)));

describe('a booking', () => {
  it('reaches its mailbox, the lead is stamped, and sales moves it on', async () => {
    const body = bookingBody();
    const answer = await book(body, { 'x-forwarded-for': '203.0.113.1' });
    expect(answer.status).toBe(202);
    const { masked_ref } = (await answer.json()) as { masked_ref: string };
    const mail = await simpleParser((await mailTo(String(body.email))).source);
    expect(mail.text).toContain(`/confirmation/${masked_ref}`);
    await waitUntil('the confirmation says so', async () => {
      const confirmation = await (await fetch(`${services.intake.url}/confirmations/${masked_ref}`)).json();
      return (confirmation as { state: string }).state === 'sent';
    });

    const lead = (await (
      await fetch(`${services.pipeline.url}/leads/${masked_ref}`, { headers: { authorization } })
    ).json()) as { id: string; status: string; confirmation_sent_at: string };
    expect(lead.status).toBe('new');
    expect(lead.confirmation_sent_at).not.toBeNull();
    const move = (to: string) =>
      fetch(`${services.pipeline.url}/leads/${lead.id}/transitions`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ to }),
      });
    expect((await move('contacted')).status).toBe(200);
    expect((await move('new')).status).toBe(409);
    await waitUntil('the move is published', async () => {
      const row = await stack
        .db('messaging.outbox')
        .where({ subject: lead.id, type: 'LeadStatusChanged' })
        .first();
      return row?.published_at;
    });
  });

  it('OBS-03 leaves one trace over the three services, from the post to the mail and back to the listeners', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const body = bookingBody();
    await book(body, { 'x-forwarded-for': '203.0.113.2', traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    await mailTo(String(body.email));

    const ofTrace = () => otlp.spans.filter((span) => span.traceId === traceId);
    const find = (service: string, name: string) =>
      ofTrace().find((span) => span.service === `meander-${service}` && span.name === name);
    /** Every edge of the trace: a span, in a service, below another one. */
    const edges: [string, string, string, string][] = [
      ['intake', 'limit attempts', 'intake', 'POST /leads'],
      ['intake', 'create lead.created', 'intake', 'POST /leads'],
      ['notification', 'process notification:lead:confirm', 'intake', 'create lead.created'],
      ['notification', 'deliver confirmation', 'notification', 'process notification:lead:confirm'],
      ['notification', 'send mail', 'notification', 'deliver confirmation'],
      ['notification', 'create lead.confirmation_sent', 'notification', 'deliver confirmation'],
      ['pipeline', 'process pipeline:own', 'intake', 'create lead.created'],
    ];
    for (const [service, name, parentService, parentName] of edges) {
      await waitUntil(`${service} has sent "${name}" below "${parentName}" of ${parentService}`, () => {
        const parent = find(parentService, parentName);
        return ofTrace().some(
          (span) =>
            span.service === `meander-${service}` &&
            span.name === name &&
            span.parentSpanId === parent?.spanId,
        );
      });
    }
    const queries = ofTrace().filter(({ attributes }) => attributes['db.query.text']);
    expect(new Set(queries.map(({ service }) => service))).toEqual(
      new Set(['meander-intake', 'meander-notification']),
    );
    const create = find('intake', 'create lead.created');
    await waitUntil('the relay’s span links to it', () =>
      otlp.spans.some(
        ({ name, links }) =>
          name === 'send meander.leads' && links.some(({ spanId }) => spanId === create?.spanId),
      ),
    );
  });

  it('PRV-03 OBS-05 leaves nothing personal in logs and traces, refused or accepted', async () => {
    const canary = bookingBody({
      first_name: 'Kanarifornavn',
      last_name: 'Kanarietternavn',
      email: 'kanari.epost@example.com',
      phone: '+47 412 34 567',
      organization_name: 'Kanariforeningen',
      notes: 'hemmelig-notat-1',
    });
    const accepted = await book(canary, { 'x-forwarded-for': '203.0.113.99' });
    const { masked_ref } = (await accepted.json()) as { masked_ref: string };
    await fetch(`${services.intake.url}/confirmation/${masked_ref}`);
    await book({ ...canary, role_title: 'x'.repeat(3000) }, { 'x-forwarded-for': '203.0.113.99' });
    await mailTo('kanari.epost@example.com');
    await waitUntil(
      'the stamp’s span is there',
      () => otlp.spans.filter(({ name }) => name === 'deliver confirmation').length >= 3,
    );
    const outbox = JSON.stringify(await stack.db('messaging.outbox').select());
    const everything = [
      ...otlp.received,
      ...Object.values(services).flatMap(({ lines }) => lines),
      outbox,
    ].join('\n');
    expect(everything).toContain('POST /leads');
    for (const secret of ['anari', '412 34 567', '41234567', 'hemmelig-notat', '203.0.113.99', masked_ref]) {
      expect(everything).not.toContain(secret);
    }
  });

  it('OBS-01 is taken with a malformed traceparent', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.3', traceparent: '00-xyz-123-01', tracestate: '=,=,=' };
    expect((await book(bookingBody(), headers)).status).toBe(202);
  });
});
