import type { Locale } from '@meander/lead';
import type { Confirmation } from '../handlers/show-confirmation.ts';
import { templates } from './assets.ts';

const render = templates.compile<object>('confirmation');

const texts = {
  nb: {
    title: 'Takk, vi har fått bestillingen',
    nextTitle: 'Hva som skjer nå',
    next: [
      'En av oss leser det du skrev og tar kontakt, vanligvis innen en arbeidsdag.',
      'Vi avtaler en tid som passer for dere.',
      'Vi viser Meander på skjerm, og dere spør om alt dere lurer på.',
    ],
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
    nextTitle: 'What happens next',
    next: [
      'One of us reads what you wrote and contacts you, usually within a working day.',
      'We agree on a time that suits you.',
      'We show you Meander on screen, and you ask whatever you like.',
    ],
    received: 'Received',
    mail: {
      pending: (hint: string) => `We are sending a confirmation to ${hint} right now.`,
      sent: (hint: string) => `A confirmation has been sent to ${hint}.`,
      failed: (hint: string) =>
        `The confirmation to ${hint} did not arrive. Your booking is safe with us, and we will contact you all the same.`,
    },
  },
} as const;

/** The page behind a confirmation link: looks again by itself while the mail is on its way, with scripts and without. */
export function confirmationPage(
  confirmation: Confirmation,
  { locale, ref, embedded }: { locale: Locale; ref: string; embedded: boolean },
): string {
  const text = texts[locale];
  const receivedText = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'nb-NO', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Europe/Oslo',
  }).format(new Date(confirmation.received_at));
  return render({
    locale,
    ref,
    embedded,
    text,
    mails: {
      sent: text.mail.sent(confirmation.email_hint),
      failed: text.mail.failed(confirmation.email_hint),
    },
    state: confirmation.state,
    pending: confirmation.state === 'pending',
    mail: text.mail[confirmation.state](confirmation.email_hint),
    receivedAt: confirmation.received_at,
    receivedText,
  });
}
