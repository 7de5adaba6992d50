import { readFileSync } from 'node:fs';
import { locales } from '@meander/lead';
import { Problem, type Routes } from '@meander/runtime';
import Handlebars from 'handlebars';
import type { Renderer } from '../adapters/templates.ts';
import { type ClaimedDelivery, neverAttempted, templates } from '../domain/delivery.ts';
import { type MailSettings, mailValues, type RenderedMail } from '../domain/mail.ts';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** The page may frame its own mails; apart from that it is as strict as every other page. */
const pagePolicy =
  "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** A mail brings its styles with it, and may do nothing else: no script, no image, nothing loaded. */
const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

/** A booking with everything filled in, and something link-like in it. */
const example: Omit<ClaimedDelivery, 'template' | 'locale'> = {
  id: '01900000-0000-7000-8000-000000000001',
  lead_id: '01900000-0000-7000-8000-000000000002',
  claim_id: '01900000-0000-7000-8000-000000000003',
  message_id: '<example@meander.example>',
  ...neverAttempted,
  email: 'kari@fjellbygda.example',
  first_name: 'Kari',
  last_name: 'Nordmann',
  organization_name: 'Fjellbygda frivilligsentral',
  role_title: 'Koordinator',
  phone: '+4740612345',
  organization_size: '11-50',
  current_solution: 'Excel og Word-skjemaer',
  preferred_demo_timing: 'Ukedager etter kl. 13',
  notes: 'Vi er 14 likepersoner i dag, se www.fjellbygda.example.\n\nKan dere vise statistikken?',
  masked_ref: '3xK9mPqR7tVwZ2aBcDeFgH',
  status: 'demo_scheduled',
  synthetic: false,
  booking_count: 1,
  last_booked_at: new Date('2027-03-01T12:00:00Z'),
  confirmation_sent_at: null,
  demo_sequence: 0,
  demo: {
    at: new Date('2027-03-26T12:00:00Z'),
    minutes: 45,
    location: 'https://meet.example.com/abc-defg-hij',
    sequence: 0,
    cancelled: false,
  },
  invited: true,
};

/** `GET /preview`: both parts of every mail in both languages, by the very templates that are sent. */
export function previewRoutes(render: Renderer, settings: MailSettings): Routes {
  const page = Handlebars.compile(read('preview.hbs'), { strict: true });
  const stylesheet = read('preview.css');
  const mails = new Map<string, RenderedMail & { locale: string }>();
  for (const template of templates) {
    for (const locale of locales) {
      const values = mailValues({ ...example, template, locale }, { ...settings, salesLocale: locale });
      mails.set(`${template}.${locale}`, { ...render(template, locale, values), locale });
    }
  }
  const html = page({
    mails: [...mails].map(([name, mail]) => ({ ...mail, name, size: Buffer.byteLength(mail.html) })),
  });
  return {
    '/preview': {
      get: (_req, res) => void res.set('Content-Security-Policy', pagePolicy).type('html').send(html),
    },
    '/preview/preview.css': {
      get: (_req, res) => void res.type('css').send(stylesheet),
    },
    '/preview/:name': {
      get: (req, res) => {
        const mail = mails.get(String(req.params.name));
        if (!mail) throw new Problem('not-found');
        res.set('Content-Security-Policy', mailPolicy).type('html').send(mail.html);
      },
    },
  };
}
