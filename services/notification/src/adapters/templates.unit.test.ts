import { readFileSync } from 'node:fs';
import { type Locale, locales } from '@meander/lead';
import { describe, expect, it } from 'vitest';
import { type Template, templates } from '../domain/delivery.ts';
import { fewestValues, trials } from '../domain/trial-values.ts';
import { createRenderer, TemplateError } from './templates.ts';

const render = createRenderer();
const all = templates.flatMap((template) => locales.map((locale): [Template, Locale] => [template, locale]));

const source = (name: string) => readFileSync(new URL(`../templates/${name}`, import.meta.url), 'utf8');

describe.each(all)('%s in %s', (template, locale) => {
  it('EML-15 reads naturally with the required values alone', () => {
    const { subject, text, html } = render(template, locale, fewestValues);
    for (const part of [subject, text, html]) {
      expect(part).not.toMatch(/undefined|\bnull\b|NaN|\[object|\(\s*\)|\[\s*\]|,\s*,/);
    }
    expect(text).not.toMatch(/\n\n\n|[ \t]+$(?<!^-- )/m);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('is under 100 KB with the longest values, in its language, with a preheader and dark colours', () => {
    for (const values of trials) {
      const { html } = render(template, locale, values);
      expect(Buffer.byteLength(html)).toBeLessThan(100 * 1024);
      expect(html).toContain(`<html lang="${locale}">`);
    }
    const { html } = render(template, locale, fewestValues);
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).toMatch(/<div style="display:none;[^"]*">[^<]{3,}<\/div>/);
    expect(html).not.toMatch(/<(?:script|link|img)\b/);
  });

  it('is whole HTML: every element that is opened is closed, in order', () => {
    const { html } = render(template, locale, { ...fewestValues, notes: 'a\nb', phone: '+4740612345' });
    const empty = new Set(['meta', 'br', '!doctype']);
    const open: string[] = [];
    for (const [, closing, name = ''] of html
      .replace(/<!--.*?-->/gs, '')
      .matchAll(/<(\/?)([a-z!][a-z0-9]*)/g)) {
      if (empty.has(name)) continue;
      if (closing) expect(open.pop()).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
  });

  it('EML-05 shows signs as they were typed in subject and text, and escaped once in HTML', () => {
    const values = { ...fewestValues, first_name: "D'Arcy", organization_name: 'Berg & Dahl AS' };
    const { subject, text, html } = render(template, locale, values);
    expect(subject).toContain('Berg & Dahl AS');
    expect(text).toContain("D'Arcy");
    expect(text).toContain('Berg & Dahl AS');
    expect(html).toContain('Berg &amp; Dahl AS');
    expect(html).toContain('D&#x27;Arcy');
    expect(`${subject}${text}`).not.toMatch(/&(?:amp|#x27);/);
    expect(html).not.toContain('&amp;amp;');
  });

  it('EML-01 EML-07 shows markup and template syntax as text', () => {
    const typed = '<img src=x onerror=alert(1)>{{constructor.constructor}}';
    const { text, html } = render(template, locale, { ...fewestValues, first_name: typed, notes: typed });
    expect(text).toContain(typed);
    expect(html).toContain('&lt;img src&#x3D;x');
    expect(html).toContain('{{constructor.constructor}}');
    expect(html).not.toMatch(/<img/);
  });

  it('says how to reach us only where an answer reaches somebody', () => {
    if (template === 'sales_alert') return;
    const [answered, unanswered] = [true, false].map((can_reply) =>
      render(template, locale, { ...fewestValues, can_reply }),
    );
    expect(answered?.text).toMatch(/svare på denne e-posten|reply to this mail/);
    expect(unanswered?.text).not.toMatch(/svare på denne e-posten\.|simply reply/);
  });
});

describe('what a visitor wrote', () => {
  it('keeps its lines, and is quoted in the text part', () => {
    const { text, html } = render('confirmation', 'nb', {
      ...fewestValues,
      notes: 'Hei\n\nVennlig hilsen\nMeander',
    });
    expect(text).toContain('> Hei\n>\n> Vennlig hilsen\n> Meander');
    expect(html).toContain('Hei<br><br>Vennlig hilsen<br>Meander');
  });
});

describe('a broken template stops the start', () => {
  const broken = (name: string, text: string) => () =>
    createRenderer({ read: (file) => (file === name ? text : source(file)) });

  it.each([
    ['confirmation.en.txt.hbs', 'Hello {{firstname}}'],
    ['confirmation.en.txt.hbs', 'Hello {{#if first_name}}'],
    ['sales_alert.nb.html.hbs', '{{#> layout}}{{{first_name}}}{{/layout}}'],
    ['sales_alert.nb.html.hbs', '{{#> layout}}{{unknown notes}}{{/layout}}'],
    ['demo_invitation.nb.html.hbs', `{{#> layout}}${'x'.repeat(100 * 1024)}{{/layout}}`],
  ])('%s: %s', (name, text) => {
    expect(broken(name, text)).toThrow(TemplateError);
  });

  it('and names it', () => {
    expect(broken('confirmation.en.txt.hbs', '{{firstname}}')).toThrow(/confirmation\.en/);
  });
});
