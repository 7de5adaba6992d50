import type { Locale } from '@meander/lead';
import type { Confirmation } from '../handlers/show-confirmation.ts';
import { compilePage } from './assets.ts';

const render = compilePage<object>('confirmation');

const texts = {
  nb: {
    title: 'Takk, vi har fått bestillingen',
    next: 'En av oss tar kontakt for å avtale en demo som passer for dere.',
    received: 'Mottatt',
    mail: {
      pending: (hint: string) => `Vi sender en bekreftelse til ${hint} akkurat nå.`,
      sent: (hint: string) => `En bekreftelse er sendt til ${hint}.`,
      failed: (hint: string) =>
        `Bekreftelsen til ${hint} kom ikke fram. Bestillingen er trygt mottatt, og vi tar kontakt likevel.`,
    },
  },
  en: {
    title: 'Thank you, we have your booking',
    next: 'One of us will contact you to arrange a demo that suits you.',
    received: 'Received',
    mail: {
      pending: (hint: string) => `We are sending a confirmation to ${hint} right now.`,
      sent: (hint: string) => `A confirmation has been sent to ${hint}.`,
      failed: (hint: string) =>
        `The confirmation to ${hint} did not arrive. Your booking is safe with us, and we will contact you all the same.`,
    },
  },
} as const;

/** The page behind a confirmation link: works without scripts and looks again by itself while the mail is on its way. */
export function confirmationPage(confirmation: Confirmation, locale: Locale): string {
  const text = texts[locale];
  const receivedText = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'nb-NO', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Europe/Oslo',
  }).format(new Date(confirmation.received_at));
  return render({
    locale,
    text,
    state: confirmation.state,
    pending: confirmation.state === 'pending',
    mail: text.mail[confirmation.state](confirmation.email_hint),
    receivedAt: confirmation.received_at,
    receivedText,
  });
}
