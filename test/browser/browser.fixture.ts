import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { patience } from '@meander/testing';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';

/** A real browser for tests: Debian's Chromium, with every kind of visitor that the pages are for. */

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
const mustRun = process.env.REQUIRE_REAL_SERVICES === '1';
if (!executablePath && !mustRun) console.log('There is no Chromium on this machine: no browser test is run.');

/** Registers tests that need a browser; where there is none and none is required, one that says so. */
export function describeInBrowser(name: string, tests: () => void): void {
  describe(name, () => {
    if (executablePath || mustRun) tests();
    else
      it('is not tried: there is no Chromium on this machine', () => expect(executablePath).toBeUndefined());
  });
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = fileURLToPath(new URL('./screenshots/', import.meta.url));

export interface Visitor {
  /** `nb-NO` unless told otherwise. */
  locale?: string;
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
  scripts?: boolean;
  /** Where the visitor comes from, told by a trusted proxy. */
  address?: string;
}

export interface TestBrowser {
  /** A page for one visitor, who shares nothing with any other. Every error of its scripts fails the test. */
  visit(visitor?: Visitor): Promise<Page>;
  close(): Promise<void>;
}

/** @param hosts names that lead to services of the test: `name: host:port` */
export async function openBrowser(hosts: Record<string, string> = {}): Promise<TestBrowser> {
  const rules = Object.entries(hosts).map(([name, place]) => `MAP ${name} ${place}`);
  const browser: Browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      `--host-resolver-rules=${rules.join(', ')}`,
    ],
  });
  return {
    async visit({
      locale = 'nb-NO',
      theme = 'light',
      width = 1440,
      height = 900,
      scripts = true,
      address,
    } = {}) {
      const context: BrowserContext = await browser.newContext({
        locale,
        colorScheme: theme,
        viewport: { width, height },
        javaScriptEnabled: scripts,
        reducedMotion: 'reduce',
        timezoneId: 'Europe/Oslo',
        ...(address ? { extraHTTPHeaders: { 'x-forwarded-for': address } } : {}),
      });
      // Two browsers may share the machine with all that they wait for.
      context.setDefaultTimeout(patience * 1_000);
      // A page that stays open goes on listening and asking.
      onTestFinished(() => context.close());
      const page = await context.newPage();
      page.on('pageerror', (error) => {
        throw error;
      });
      return page;
    },
    close: () => browser.close(),
  };
}

/** Runs axe on the page as it stands, and expects nothing. The source is evaluated: the page's CSP stays in force. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
      };
    };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations: found } = await axe.run({ runOnly: tags });
    return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`);
  });
  expect(violations).toEqual([]);
}

/** Expects that a page of this width need not be scrolled sideways; says what sticks out. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  // What sticks out of something that scrolls by itself may still be the one, so the width is told in any case.
  const outside = await page.evaluate(`document.documentElement.scrollWidth <= innerWidth ? [] :
    [\`\${document.documentElement.scrollWidth} px wide in \${innerWidth}\`].concat(
      [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > innerWidth && !element.closest('.scrolls'))
        .map((element) => element.outerHTML.slice(0, 120)))`);
  expect(outside).toEqual([]);
}

/** Kept as output of the tests, to be looked at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const isWall = (page.viewportSize()?.width ?? 0) > 2_000;
  await page.screenshot({ path: `${folder}${name}.png`, fullPage: !isWall, animations: 'disabled' });
}

/**
 * Everybody that pages are for: both themes, both languages, from a small phone to a wall. axe judges markup and
 * colours, of which a tablet, a small laptop and a wall have none of their own: those are looked at for what sticks out.
 */
export const everybody: [string, Visitor, { axe: boolean }][] = [
  ['light', {}, { axe: true }],
  ['dark', { theme: 'dark', locale: 'en-GB' }, { axe: true }],
  ['phone', { width: 320, height: 640, theme: 'dark' }, { axe: true }],
  ['tablet', { width: 820, height: 1180, locale: 'en-GB' }, { axe: false }],
  // As an ordinary one is at 125 %.
  ['laptop', { width: 1024, height: 768 }, { axe: false }],
  ['wall', { width: 3840, height: 2160 }, { axe: false }],
];

/**
 * Whatever the visitor's letters are: as they are, and twice as large (WCAG 2.2, 1.4.4). A phone of 320 px stands for a
 * page that is enlarged four times already (1.4.10).
 */
async function expectNoSidewaysScrollAtAnySize(page: Page): Promise<void> {
  await expectNoSidewaysScroll(page);
  if ((page.viewportSize()?.width ?? 0) <= 320) return;
  await page.evaluate("document.documentElement.style.fontSize = '200%'");
  await expectNoSidewaysScroll(page);
  await page.evaluate("document.documentElement.style.fontSize = ''");
}

/** Looks at a page as it stands, for one of them, and keeps a picture. */
export async function lookAt(page: Page, name: string, { axe }: { axe: boolean }): Promise<void> {
  if (axe) await expectAccessible(page);
  await expectNoSidewaysScrollAtAnySize(page);
  await screenshot(page, name);
}
