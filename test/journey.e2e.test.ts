import { bookingBody, waitUntil } from '@meander/testing';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from './product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});

afterAll(() => product?.stop());

describe('a booking', () => {
  it('reaches its mailbox, the lead is stamped, and sales moves it on', async () => {
    const body = bookingBody();
    const answer = await product.book(body, { 'x-forwarded-for': '203.0.113.1' });
    expect(answer.status).toBe(202);
    const { masked_ref } = (await answer.json()) as { masked_ref: string };
    const mail = await simpleParser((await product.mailTo(String(body.email))).source);
    expect(mail.text).toContain(`/confirmation/${masked_ref}`);
    await waitUntil('the confirmation says so', async () => {
      const confirmation = await (
        await fetch(`${product.services.intake.url}/confirmations/${masked_ref}`)
      ).json();
      return (confirmation as { state: string }).state === 'sent';
    });

    const lead = (await (await product.sales(`/leads/${masked_ref}`)).json()) as {
      id: string;
      status: string;
      confirmation_sent_at: string;
    };
    expect(lead.status).toBe('new');
    expect(lead.confirmation_sent_at).not.toBeNull();
    const move = (to: string) =>
      product.sales(`/leads/${lead.id}/transitions`, { method: 'POST', body: JSON.stringify({ to }) });
    expect((await move('contacted')).status).toBe(200);
    expect((await move('new')).status).toBe(409);
    await waitUntil('the move is published', async () => {
      const row = await product.stack
        .db('messaging.outbox')
        .where({ subject: lead.id, type: 'LeadStatusChanged' })
        .first();
      return row?.published_at;
    });
  });
});
