import { type Locale, urlBelow } from '@meander/lead';
import { type Appointment, calendarObject, type Method } from './calendar.ts';
import { type ClaimedDelivery, domainOf, type Template } from './delivery.ts';
import { headerText } from './header-text.ts';
import { inertText } from './inert-text.ts';
import type { Mailbox } from './mail-from.ts';

/** What a template may show. Whatever a visitor typed is inert in it; null means: not given. */
export interface MailValues {
  first_name: string;
  last_name: string;
  organization_name: string;
  role_title: string;
  email: string;
  phone: string | null;
  organization_size: string | null;
  current_solution: string | null;
  preferred_demo_timing: string | null;
  notes: string | null;
  booking_count: number;
  is_known: boolean;
  reference: string;
  confirmation_url: string;
  /** Whether an answer to the mail reaches a person. */
  can_reply: boolean;
  /** The demo in the reader's words, for an invitation or a cancellation. */
  demo: DemoValues | null;
}

interface DemoValues {
  when: string;
  minutes: number;
  location: string | null;
  /** The location, where it is a meeting's address: sales typed it, so it may be opened. */
  url: string | null;
  changed: boolean;
}

export interface RenderedMail {
  /** Fit for a header. */
  subject: string;
  text: string;
  html: string;
}

/** One mail to one recipient. */
export interface Mail extends RenderedMail {
  messageId: string;
  to: Mailbox;
  replyTo: Mailbox | undefined;
  /** An iCalendar object, and its method once more for the header. */
  calendar: { method: Method; content: string } | undefined;
}

/** What is the same for every mail. */
export interface MailSettings {
  from: Mailbox;
  publicBaseUrl: string;
  salesEmail: string | undefined;
  salesLocale: Locale;
  /** Where the mail of made-up bookings goes; to ourselves where it is left out. */
  doctorEmail?: string | undefined;
}

/** Where demos are told apart by the clock: the product's own time zone, for readers in both languages. */
const timeZone = 'Europe/Oslo';

/** `fredag 26. mars 2027 kl. 13:00`, with the zone as it is on that day. */
export function demoTime(at: Date, locale: Locale): string {
  const date = new Intl.DateTimeFormat(locale === 'nb' ? 'nb-NO' : 'en-GB', { dateStyle: 'full', timeZone });
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });
  const zone = locale === 'nb' ? 'norsk tid' : 'Norwegian time';
  return locale === 'nb'
    ? `${date.format(at)} kl. ${time.format(at)} (${zone})`
    : `${date.format(at)} at ${time.format(at)} (${zone})`;
}

function demoValues({ demo }: ClaimedDelivery, locale: Locale): DemoValues | null {
  if (!demo) return null;
  const { at, minutes, location, sequence } = demo;
  const isUrl = location !== null && /^https?:\/\/[^\s<>"]+$/i.test(location) && URL.canParse(location);
  return {
    when: demoTime(at, locale),
    minutes,
    location,
    url: isUrl ? location : null,
    changed: sequence > 0,
  };
}

/** The language of a delivery: the lead's own, and that of the setting for sales. */
export function localeOf({ template, locale }: ClaimedDelivery, { salesLocale }: MailSettings): Locale {
  return template === 'sales_alert' ? salesLocale : (locale ?? 'nb');
}

/** What the templates show of a delivery; everything that was typed is inert from here on. */
export function mailValues(delivery: ClaimedDelivery, settings: MailSettings): MailValues {
  const line = <T extends string | null>(text: T) => (text === null ? null : inertText(text)) as T;
  const lines = (text: string | null) => (text === null ? null : inertText(text, { multiline: true }));
  return {
    first_name: line(delivery.first_name),
    last_name: line(delivery.last_name),
    organization_name: line(delivery.organization_name),
    role_title: line(delivery.role_title),
    email: line(delivery.email),
    phone: line(delivery.phone),
    organization_size: delivery.organization_size,
    current_solution: lines(delivery.current_solution),
    preferred_demo_timing: line(delivery.preferred_demo_timing),
    notes: lines(delivery.notes),
    booking_count: delivery.booking_count,
    is_known: delivery.booking_count > 1,
    reference: delivery.masked_ref,
    confirmation_url: urlBelow(settings.publicBaseUrl, `confirmation/${delivery.masked_ref}`).href,
    can_reply: settings.salesEmail !== undefined,
    demo: demoValues(delivery, localeOf(delivery, settings)),
  };
}

/** The lead's name as it stands in a header. */
function leadMailbox({ first_name, last_name, email }: ClaimedDelivery): Mailbox {
  return { name: headerText(inertText(`${first_name} ${last_name}`)), address: email };
}

/** To whom a delivery goes, and to whom an answer to it. */
export function mailboxesOf(
  delivery: ClaimedDelivery,
  { from, salesEmail, doctorEmail }: MailSettings,
): { to: Mailbox; replyTo: Mailbox | undefined } {
  const sales = salesEmail === undefined ? undefined : { name: '', address: salesEmail };
  if (delivery.synthetic) return { to: { name: '', address: doctorEmail ?? from.address }, replyTo: sales };
  return delivery.template === 'sales_alert'
    ? { to: sales ?? from, replyTo: leadMailbox(delivery) }
    : { to: leadMailbox(delivery), replyTo: sales };
}

const methods: Partial<Record<Template, Method>> = {
  demo_invitation: 'REQUEST',
  demo_cancellation: 'CANCEL',
};

/**
 * The calendar part of an invitation or a cancellation, or undefined for other mails.
 *
 * @throws RangeError where the time is none
 */
export function calendarOf(
  delivery: ClaimedDelivery,
  { subject, text }: RenderedMail,
  settings: MailSettings,
  madeAt: Date,
): Mail['calendar'] {
  const method = methods[delivery.template];
  if (!method || !delivery.demo) return undefined;
  const { at, minutes, location, sequence } = delivery.demo;
  const { to, replyTo } = mailboxesOf(delivery, settings);
  const appointment: Appointment = {
    uid: `demo-${delivery.masked_ref}@${domainOf(settings.from.address)}`,
    sequence,
    madeAt,
    start: at,
    minutes,
    summary: subject,
    description: text.trim(),
    location,
    organizer: replyTo ?? settings.from,
    attendee: to,
  };
  return { method, content: calendarObject(method, appointment) };
}
