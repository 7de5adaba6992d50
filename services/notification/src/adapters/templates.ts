import { readFileSync } from 'node:fs';
import type { Locale } from '@meander/lead';
import Handlebars from 'handlebars';
import type { Template } from '../domain/delivery.ts';
import { inertText } from '../domain/inert-text.ts';

/** What a template may show. Every text in it was typed by a visitor, but for the URL, which is ours. */
export interface MailValues {
  first_name: string;
  last_name: string;
  organization_name: string;
  role_title: string;
  email: string;
  phone: string | null;
  booking_count: number;
  confirmation_url: string;
}

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

export type Renderer = (template: Template, locale: Locale, values: MailValues) => RenderedMail;

const subjects: Record<Template, Partial<Record<Locale, string>>> = {
  confirmation: {
    nb: 'Vi har mottatt bestillingen fra {{organization_name}}',
    en: 'We have received the booking from {{organization_name}}',
  },
  sales_alert: { nb: 'Ny bestilling: {{organization_name}}' },
};

const read = (name: string) => readFileSync(new URL(`../templates/${name}.hbs`, import.meta.url), 'utf8');

/** Texts and subjects are not HTML: Handlebars' escaping would put `&amp;` and `&#x27;` into them. */
const compileText = (source: string) => Handlebars.compile(source, { strict: true, noEscape: true });

function compile(template: Template, locale: Locale, subject: string) {
  const parts = {
    subject: compileText(subject),
    text: compileText(read(`${template}.${locale}.txt`)),
    html: Handlebars.compile(read(`${template}.${locale}.html`), { strict: true }),
  };
  return (values: object): RenderedMail => ({
    subject: parts.subject(values),
    text: parts.text(values),
    html: parts.html(values),
  });
}

/** Values with which every template is tried at the start. */
const trial: MailValues = {
  first_name: '<Kari> & "Ola"',
  last_name: "O'Hara",
  organization_name: 'N'.repeat(200),
  role_title: 'Koordinator',
  email: 'kari@example.com',
  phone: null,
  booking_count: 1,
  confirmation_url: 'https://example.com/confirmation/x',
};

/** Leaves nothing in what a visitor typed that a mail program would make clickable. */
function inert({ confirmation_url, booking_count, ...typed }: MailValues): MailValues {
  const texts = Object.entries(typed).map(([name, value]) => [
    name,
    value === null ? null : inertText(value),
  ]);
  return { ...(Object.fromEntries(texts) as typeof typed), confirmation_url, booking_count };
}

/**
 * Compiles every template and renders it once: a broken one stops the start, not a mail. A locale that a
 * template does not have falls back to Norwegian.
 */
export function createRenderer(): Renderer {
  const compiled = new Map<string, (values: object) => RenderedMail>();
  for (const [template, byLocale] of Object.entries(subjects)) {
    for (const [locale, subject] of Object.entries(byLocale)) {
      const render = compile(template as Template, locale as Locale, subject);
      render(trial);
      compiled.set(`${template}.${locale}`, render);
    }
  }
  return (template, locale, values) => {
    const render = compiled.get(`${template}.${locale}`) ?? compiled.get(`${template}.nb`);
    if (!render) throw new TypeError(`There is no template ${template}.`);
    return render(inert(values));
  };
}
