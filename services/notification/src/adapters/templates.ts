import { readdirSync, readFileSync } from 'node:fs';
import { type Locale, locales } from '@meander/lead';
import { SafeError } from '@meander/runtime';
import { attributes, withSyncSpan } from '@meander/telemetry';
import Handlebars from 'handlebars';
import { type Template, templates } from '../domain/delivery.ts';
import { headerText } from '../domain/header-text.ts';
import type { MailValues, RenderedMail } from '../domain/mail.ts';
import { trials } from '../domain/trial-values.ts';
import { styles } from '../templates/styles.ts';
import { texts } from '../templates/texts.ts';

export type Renderer = (template: Template, locale: Locale, values: MailValues) => RenderedMail;

/** A template that cannot be used; it stops the start. */
export class TemplateError extends SafeError {
  constructor(name: string, fault: string, cause?: unknown) {
    super(`The mail template ${name} ${fault}.`, cause === undefined ? {} : { cause });
    this.name = 'TemplateError';
  }
}

/** Gmail cuts a longer HTML part off; bytes. */
const longestHtml = 100 * 1024;

const folder = new URL('../templates/', import.meta.url);

/** Where the source of a template comes from, by its file name. */
type Read = (name: string) => string;
const readFile: Read = (name) => readFileSync(new URL(name, folder), 'utf8');

const strict = { strict: true, knownHelpersOnly: true, knownHelpers: { lines: true, quote: true } };

/** HTML is escaped; the lines of a text stay lines. */
function createHtmlHandlebars(read: Read) {
  const handlebars = Handlebars.create();
  for (const file of readdirSync(new URL('partials/', folder))) {
    handlebars.registerPartial(file.replace('.html.hbs', ''), read(`partials/${file}`));
  }
  handlebars.registerHelper('lines', (text: string) => {
    const escaped = String(text).split('\n').map(handlebars.escapeExpression);
    return new handlebars.SafeString(escaped.join('<br>'));
  });
  return (source: string) => handlebars.compile(source, strict);
}

/** Texts and subjects are not HTML: Handlebars' escaping would put `&amp;` and `&#x27;` into them. */
function createTextHandlebars() {
  const handlebars = Handlebars.create();
  // Quoted as in an answer, so that nobody's words can pass for ours.
  handlebars.registerHelper('quote', (text: string) =>
    String(text)
      .split('\n')
      .map((line) => `> ${line}`.trimEnd())
      .join('\n'),
  );
  return (source: string) => handlebars.compile(source, { ...strict, noEscape: true });
}

function compile(template: Template, locale: Locale, read: Read) {
  const [html, text] = [createHtmlHandlebars(read), createTextHandlebars()];
  const { subject, preheader, about } = texts[template][locale];
  const parts = {
    subject: text(subject),
    preheader: text(preheader),
    text: text(read(`${template}.${locale}.txt.hbs`)),
    html: html(read(`${template}.${locale}.html.hbs`)),
  };
  return (typed: MailValues): RenderedMail => {
    const values = {
      ...typed,
      locale,
      about,
      brand: 'Meander',
      full_name: `${typed.first_name} ${typed.last_name}`,
      duration: typed.demo && `${typed.demo.minutes} ${locale === 'nb' ? 'minutter' : 'minutes'}`,
      // The mark before a signature is two dashes and a space, which an editor would trim.
      space: ' ',
      s: styles,
    };
    const [line, teaser] = [parts.subject(values), parts.preheader(values)];
    return {
      subject: headerText(line),
      text: parts.text(values),
      html: parts.html({ ...values, subject: line, preheader: teaser }),
    };
  };
}

/** What would be wrong with a mail, whatever its values are; undefined where nothing is. */
function faultOf({ subject, text, html }: RenderedMail): string | undefined {
  if (/[\r\n]/.test(subject) || subject.trim() === '') return 'has a subject that is not one line';
  if (Buffer.byteLength(html) > longestHtml) return 'can become larger than 100 KiB';
  if (/<(?:script|img|iframe)\b/i.test(html)) return 'lets markup through';
  const everything = [subject, text, html].join('\n');
  if (/\bundefined\b|\bnull\b|\bNaN\b|\[object /.test(everything)) return 'shows a value that is missing';
  return /&(?:amp|lt|gt|quot|#x27|#39|#x3D);/.test(text) ? 'escapes HTML in its text part' : undefined;
}

/**
 * Compiles every template in every language and tries each with the longest, the nastiest and the fewest
 * values: a broken one stops the start, not a mail.
 *
 * @throws TemplateError
 */
export function createRenderer({ read = readFile }: { read?: Read } = {}): Renderer {
  const compiled = new Map<string, (values: MailValues) => RenderedMail>();
  for (const template of templates) {
    for (const locale of locales) {
      const name = `${template}.${locale}`;
      try {
        const render = compile(template, locale, read);
        for (const values of trials) {
          const fault = faultOf(render(values));
          if (fault) throw new TemplateError(name, fault);
        }
        compiled.set(name, render);
      } catch (error) {
        throw error instanceof TemplateError ? error : new TemplateError(name, 'cannot be rendered', error);
      }
    }
  }
  return (template, locale, values) => {
    const render = compiled.get(`${template}.${locale}`);
    if (!render) throw new TemplateError(`${template}.${locale}`, 'does not exist');
    return withSyncSpan('render mail', { [attributes.template]: template }, () => render(values));
  };
}
