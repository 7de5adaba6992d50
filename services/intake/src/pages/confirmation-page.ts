import type { Locale } from '@meander/lead';
import type { ConfirmationDetail } from '../handlers/show-confirmation.ts';
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
      waiting: (hint: string) =>
        `Bekreftelsen til ${hint} er ikke sendt ennå: noen ganger ser en av oss på bestillingen først. Den er trygt mottatt, og du trenger ikke gjøre noe.`,
      delayed: (hint: string) =>
        `Bekreftelsen til ${hint} kom ikke gjennom ennå. Vi prøver igjen av oss selv. Bestillingen er trygt mottatt.`,
      sent: (hint: string) => `En bekreftelse er sendt til ${hint}.`,
      failed: (hint: string) =>
        `Bekreftelsen til ${hint} kom ikke fram. Bestillingen er trygt mottatt, og vi tar kontakt likevel.`,
      suppressed: (hint: string) =>
        `${hint} har fått flere bekreftelser det siste døgnet, så vi sender ikke enda en. Bestillingen er trygt mottatt, og vi tar kontakt.`,
    },
    again: {
      pending: (hint: string) => `Vi sender bekreftelsen til ${hint} en gang til.`,
      sent: (hint: string) => `Bekreftelsen er sendt til ${hint} en gang til.`,
    },
    missing: 'Kom den ikke? Se i søppelpost først.',
    resend: 'Send bekreftelsen på nytt',
    asked:
      'Kommer den fortsatt ikke, er bestillingen like trygg: vi tar kontakt. Bekreftelsen kan sendes på nytt én gang.',
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
      waiting: (hint: string) =>
        `The confirmation to ${hint} has not been sent yet: sometimes one of us looks at the booking first. It is safe with us, and there is nothing you need to do.`,
      delayed: (hint: string) =>
        `The confirmation to ${hint} has not got through yet. We keep trying by ourselves. Your booking is safe with us.`,
      sent: (hint: string) => `A confirmation has been sent to ${hint}.`,
      failed: (hint: string) =>
        `The confirmation to ${hint} did not arrive. Your booking is safe with us, and we will contact you all the same.`,
      suppressed: (hint: string) =>
        `${hint} has had several confirmations within a day, so we do not send another. Your booking is safe with us, and we will contact you.`,
    },
    again: {
      pending: (hint: string) => `We are sending the confirmation to ${hint} once more.`,
      sent: (hint: string) => `The confirmation has been sent to ${hint} once more.`,
    },
    missing: 'Did it not come? Look in your spam folder first.',
    resend: 'Send the confirmation again',
    asked:
      'If it still does not come, your booking is just as safe: we will contact you. The confirmation can be sent again once.',
  },
} as const;

/** The page behind a confirmation link: looks again by itself while the mail is on its way, with scripts and without. */
export function confirmationPage(
  confirmation: ConfirmationDetail,
  { locale, ref, embedded }: { locale: Locale; ref: string; embedded: boolean },
): string {
  const text = texts[locale];
  const receivedText = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'nb-NO', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Europe/Oslo',
  }).format(new Date(confirmation.received_at));
  const { mail, askedAgain, mayAskAgain } = confirmation;
  const repeated = mail === 'pending' || mail === 'sent' ? text.again[mail] : undefined;
  const words = (askedAgain ? repeated : undefined) ?? text.mail[mail];
  return render({
    locale,
    ref,
    embedded,
    text,
    state: confirmation.state,
    pending: confirmation.state === 'pending',
    mail: words(confirmation.email_hint),
    askedAgain,
    mayAskAgain,
    receivedAt: confirmation.received_at,
    receivedText,
  });
}
