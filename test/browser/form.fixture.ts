import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createStack, type SmtpSink, startServices, startSmtpSink, waitUntil } from '@meander/testing';
import type { Frame, Page } from 'playwright-core';
import { openBrowser } from './browser.fixture.ts';

/** The whole product on a stack of its own, and another site that has the form on its page. */
export async function startProduct() {
  const [stack, sink] = await Promise.all([createStack(), startSmtpSink()]);
  let embedScript = '';
  const site = createServer((_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/html' });
    res.end(`<!doctype html><html lang="en"><title>Product</title><style>input,label{color:red!important}</style>
      <main><h1>Our product</h1><script src="${embedScript}" data-locale="en"></script></main></html>`);
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  const siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const services = await startServices(['intake', 'notification', 'pipeline'], {
    ...stack.env,
    SMTP_URL: sink.url,
    TRUSTED_PROXIES: '127.0.0.1',
    CORS_ORIGINS: siteUrl,
    PUBLIC_BASE_URL: 'http://meander.test',
  });
  const browser = await openBrowser({ 'meander.test': new URL(services.intake.url).host });
  embedScript = 'http://meander.test/embed.js';
  return {
    stack,
    db: stack.db,
    sink: sink as SmtpSink,
    browser,
    siteUrl,
    ...services,
    /** By the name that it has outside, which links in mails have. */
    form: 'http://meander.test/',
    async stop() {
      await browser.close();
      await Promise.all([services.intake, services.notification, services.pipeline].map((one) => one.stop()));
      site.close();
      site.closeAllConnections();
      await sink.stop();
      await stack.drop();
    },
  };
}

export type Product = Awaited<ReturnType<typeof startProduct>>;

/** Waits until the page is as old as a person lets it become at the least: whoever is faster is taken for a program. */
export async function takeTime(page: Page | Frame): Promise<void> {
  await waitUntil('a person could have typed this', () =>
    page.evaluate<boolean>('performance.now() > 2_100'),
  );
}

/** Fills the form in as Kari; `email` is an address that nobody else has. */
export async function fillIn(page: Page | Frame, overlay: Record<string, string> = {}): Promise<string> {
  const email = `kari.${randomUUID().slice(0, 8)}@example.com`;
  const fields = {
    first_name: 'Kari',
    last_name: 'Nordmann',
    email,
    phone: '406 12 345',
    organization_name: 'Fjellbygda frivilligsentral',
    role_title: 'Koordinator',
    notes: 'Vi er 14 likepersoner i dag.',
    ...overlay,
  };
  for (const [name, value] of Object.entries(fields)) await page.locator(`#${name}`).fill(value);
  await page.locator('#organization_size').selectOption('11-50');
  return fields.email;
}
