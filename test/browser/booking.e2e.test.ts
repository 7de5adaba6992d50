import { createKey } from '@meander/auth';
import { waitUntil } from '@meander/testing';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInBrowser, everybody, lookAt, screenshot, type Visitor } from './browser.fixture.ts';
import { fillIn, type Product, startProduct, takeTime } from './form.fixture.ts';

describeInBrowser('the booking form', () => {
  let product: Product;
  let visits = 0;

  beforeAll(async () => {
    product = await startProduct();
  });
  afterAll(() => product?.stop());

  /** A visitor of an address of their own, so that nobody is limited for another. */
  const visit = (visitor: Visitor = {}) => {
    visits += 1;
    return product.browser.visit({ address: `203.0.113.${visits}`, ...visitor });
  };
  const leadsOf = (email: string) => product.db('leads').where({ email });

  it.each(everybody)(
    'is good for everybody, confirmation and faults as well: %s',
    async (name, visitor, how) => {
      const page = await visit(visitor);
      const look = (what: string) => lookAt(page, `booking-${what}-${name}`, how);
      await page.goto(product.form);
      await page.locator('.privacy summary').click();
      await look('form');
      if (name === 'wall') return;
      await page.locator('#email').fill('kari@gmial.com');
      await page.locator('.submit').click();
      await page.waitForSelector('[role="alert"]');
      await look('faults');
      await fillIn(page);
      await takeTime(page);
      await page.locator('.submit').click();
      await page.waitForURL(/\/confirmation\//);
      await page.waitForSelector('[data-state="sent"]');
      await look('confirmation');
      await page.locator('.resend button').click();
      // A nested :has() is not CSS: the words say that it is the second mail.
      await page.locator('[data-state="sent"]', { hasText: /en gang til|once more/ }).waitFor();
      await look('resent');
      await page.goto(`${product.form}nowhere`);
      await look('problem');
    },
  );

  it('says what is wrong beside each field and on top, and keeps what was typed', async () => {
    const page = await visit();
    await page.goto(product.form);
    await page.getByLabel('Fornavn').fill('Kari');
    await page.getByLabel('E-post på jobb').fill('kari(at)example.no');
    await page.getByRole('button', { name: 'Bestill demo' }).click();
    const summary = page.getByRole('alert');
    await expect.poll(() => summary.locator('li').count()).toBe(4);
    expect(await page.evaluate('document.activeElement.role')).toBe('alert');
    await summary.getByRole('link', { name: 'E-post på jobb' }).click();
    expect(await page.evaluate('document.activeElement.id')).toBe('email');
    const described = await page.locator('#email').getAttribute('aria-describedby');
    expect(described?.split(' ')).toEqual(['email-hint', 'email-error']);
    expect(await page.getByLabel('Fornavn').inputValue()).toBe('Kari');
    await fillIn(page);
    await page.getByRole('button', { name: 'Bestill demo' }).click();
    await page.waitForURL(/\/confirmation\//);
  });

  it('books once by a double click, and shows the mail’s state by itself', async () => {
    product.sink.onMessage = () => ({ code: 451, text: 'later' });
    const page = await visit();
    await page.goto(product.form);
    const email = await fillIn(page);
    await takeTime(page);
    await page.getByRole('button', { name: 'Bestill demo' }).dblclick();
    await page.waitForURL(/\/confirmation\//);
    expect(await page.locator('[data-state]').getAttribute('data-state')).toBe('pending');
    const [lead] = await leadsOf(email);
    expect(lead.booking_count).toBe(1);
    const waiting = () =>
      product.db('notification.deliveries').where({ lead_id: lead.id, state: 'retrying' });
    await waitUntil('its mail waits for the next attempt', () => waiting().first());
    product.sink.onMessage = () => undefined;
    await waiting().update({ next_attempt_at: new Date() });
    await page.waitForSelector('[data-state="sent"]');
    expect(await page.getByRole('status').textContent()).toContain('k•••@example.com');
    expect(await page.content()).not.toContain(email);
  });

  it('offers the address that was probably meant, and changes nothing unasked', async () => {
    const page = await visit();
    await page.goto(product.form);
    const email = page.getByLabel('E-post på jobb');
    for (const right of ['kari@gmail.com', 'kari@meander.no', 'kari@online.no', 'kari@nav.no']) {
      await email.fill(right);
      await email.blur();
      expect(await page.locator('.suggestion button').count()).toBe(0);
    }
    await email.fill('kari@gmial.com');
    await email.blur();
    expect(await email.inputValue()).toBe('kari@gmial.com');
    await page.getByRole('button', { name: 'kari@gmail.com' }).click();
    expect(await email.inputValue()).toBe('kari@gmail.com');
  });

  it('says how long to wait after too many attempts, and keeps what was typed', async () => {
    const page = await visit();
    await page.goto(product.form);
    await page.getByLabel('Fornavn').fill('Kari');
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      const answer = page.waitForResponse('**/leads?*');
      await page.getByRole('button', { name: 'Bestill demo' }).click();
      expect((await answer).status()).toBe(attempt <= 5 ? 422 : 429);
    }
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/Prøv igjen om (59|60) min/);
    expect(await page.getByLabel('Fornavn').inputValue()).toBe('Kari');
  });

  it('works without scripts', async () => {
    const page = await visit({ scripts: false, locale: 'en-GB' });
    await page.goto(product.form);
    await page.getByLabel('First name').fill('Kari');
    await page.getByRole('button', { name: 'Book a demo' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('First name').inputValue()).toBe('Kari');
    const email = await fillIn(page);
    await takeTime(page);
    await page.getByRole('button', { name: 'Book a demo' }).click();
    await page.getByRole('heading', { name: 'Thank you, we have your booking' }).waitFor();
    const [lead, ...more] = await leadsOf(email);
    expect(more).toEqual([]);
    await waitUntil('the page knows', async () => {
      await page.reload();
      return (await page.getByRole('button', { name: 'Send the confirmation again' }).count()) === 1;
    });
    await page.getByRole('button', { name: 'Send the confirmation again' }).click();
    await page.getByText(/once more/).waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
    const confirmations = () =>
      product
        .db('notification.deliveries')
        .where({ lead_id: lead.id, template: 'confirmation', state: 'sent' });
    await waitUntil('both are sent', async () => (await confirmations()).length === 2);
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await page.goto(product.form);
      await page.getByRole('button', { name: 'Book a demo' }).click();
    }
    await page.getByText(/Try again in \d+ minutes/).waitFor();
  });

  it('stands on the product’s own site, in its width, as high as it is, and on no other', async () => {
    const page = await visit();
    await page.goto(`${product.siteUrl}/?utm_campaign=spring`);
    const frame = page.frameLocator('iframe');
    await frame.getByLabel('First name').waitFor();
    const heights = () =>
      page.evaluate(
        "[document.querySelector('iframe').offsetHeight, document.querySelector('iframe').offsetWidth]",
      ) as Promise<number[]>;
    const before = await heights();
    const inner = page.frames().find((one) => one.url().startsWith(product.form));
    if (!inner) throw new Error('no frame');
    await frame.getByRole('button', { name: 'Book a demo' }).click();
    await frame.getByRole('alert').waitFor();
    await expect.poll(async () => (await heights())[0]).toBeGreaterThan(before[0] ?? 0);
    expect(await inner.evaluate('document.documentElement.scrollHeight <= innerHeight')).toBe(true);
    await screenshot(page, 'embed-faults');
    const email = await fillIn(inner);
    await takeTime(inner);
    await frame.getByRole('button', { name: 'Book a demo' }).click();
    await frame.getByRole('heading', { name: 'Thank you, we have your booking' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    const [lead] = await leadsOf(email);
    const submission = await product.db('intake.submissions').where({ lead_id: lead.id }).first();
    expect(submission.attribution).toMatchObject({
      utm_campaign: 'spring',
      landing_page: `${product.siteUrl}/`,
    });
    const policyOf = async (path: string) =>
      (await fetch(`${product.intake.url}/${path}`)).headers.get('content-security-policy');
    expect(await policyOf('?embed=1')).toContain(`frame-ancestors ${product.siteUrl}`);
    expect(await policyOf('')).toContain("frame-ancestors 'none'");
  });

  it('leads to a customer: booked, confirmed by mail, and taken to converted on the board', async () => {
    const visitor = await visit();
    await visitor.goto(product.form);
    const email = await fillIn(visitor);
    await takeTime(visitor);
    await visitor.getByRole('button', { name: 'Bestill demo' }).click();
    await visitor.getByRole('heading', { name: 'Takk, vi har fått bestillingen' }).waitFor();

    const received = await waitUntil('the mail is there', () =>
      product.sink.mails.find(({ to }) => to.includes(email)),
    );
    const mail = await simpleParser(received.source);
    const [link = ''] = /http:\/\/meander\.test\/confirmation\/\w+/.exec(mail.text ?? '') ?? [];
    await visitor.goto(link);
    await visitor.getByText('En bekreftelse er sendt til k•••@example.com.').waitFor();

    const { secret } = await createKey(product.db, { name: 'Selma', scopes: ['leads:read', 'leads:write'] });
    const seller = await product.browser.visit();
    await seller.goto(`${product.pipeline.url}/board`);
    await seller.getByLabel('API-nøkkel').fill(secret);
    await seller.getByRole('button', { name: 'Logg inn' }).click();
    await seller.getByLabel('Søk', { exact: true }).fill(email);
    await seller.getByRole('button', { name: 'Vis', exact: true }).click();
    await seller.waitForURL(/q=/);
    await seller.getByRole('link', { name: 'Kari Nordmann' }).click();
    await seller.getByText('Bekreftelsen er sendt').waitFor();
    for (const status of ['Kontaktet', 'Kvalifisert', 'Demo avtalt']) {
      await seller.getByRole('button', { name: status }).click();
      await seller.getByText(`Kari Nordmann er flyttet til ${status}.`).waitFor();
    }
    await seller.getByRole('link', { name: 'Kunde' }).click();
    await seller.getByLabel('Verdi i kroner').fill('48 000');
    await seller.getByRole('button', { name: 'Sett som kunde' }).click();
    await seller.getByText('Dette leadet er avsluttet og flyttes ikke mer.').waitFor();
    await screenshot(seller, 'journey-converted');
    const [lead] = await leadsOf(email);
    expect(lead.status).toBe('converted');
    // Nothing personal and no reference has reached a log.
    const logs = [product.intake, product.notification, product.pipeline]
      .flatMap(({ lines }) => lines)
      .join('\n');
    expect(logs).toContain('POST');
    for (const text of [email, lead.masked_ref, lead.id, secret, 'Nordmann'])
      expect(logs).not.toContain(text);
  });
});
