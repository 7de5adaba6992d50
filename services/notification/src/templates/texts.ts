import type { Locale } from '@meander/lead';
import type { Template } from '../domain/delivery.ts';

/** Templates of what stands outside the body of a mail. */
interface MailTexts {
  subject: string;
  /** What an inbox shows behind the subject. */
  preheader: string;
  /** Who we are, and why the reader has this mail. */
  about: string;
}

const who = {
  nb: 'Meander er en digital plattform for likepersonsarbeid.',
  en: 'Meander is a digital platform for peer mentoring.',
};

const toLead = {
  nb: `${who.nb} Du får denne e-posten fordi noen oppga adressen din da de bestilte en demo av Meander. Var det ikke deg, kan du se bort fra den.`,
  en: `${who.en} You receive this mail because somebody gave your address when they booked a demo of Meander. If it was not you, you can ignore it.`,
};

export const texts: Readonly<Record<Template, Record<Locale, MailTexts>>> = {
  confirmation: {
    nb: {
      subject: 'Vi har mottatt bestillingen fra {{organization_name}}',
      preheader: 'Vi tar kontakt for å avtale en demo som passer for dere.',
      about: toLead.nb,
    },
    en: {
      subject: 'We have received the booking from {{organization_name}}',
      preheader: 'We will contact you to arrange a demo that suits you.',
      about: toLead.en,
    },
  },
  sales_alert: {
    nb: {
      subject: 'Ny bestilling: {{organization_name}}',
      preheader: '{{full_name}}, {{role_title}}',
      about:
        'Du får denne e-posten fordi adressen din står som mottaker av nye bestillinger i Meander. Lenker som den besøkende har skrevet, er gjort uvirksomme.',
    },
    en: {
      subject: 'New booking: {{organization_name}}',
      preheader: '{{full_name}}, {{role_title}}',
      about:
        'You receive this mail because your address is set to receive new bookings in Meander. Links that the visitor typed have been made inert.',
    },
  },
  demo_invitation: {
    nb: {
      subject:
        '{{#if demo.changed}}Nytt tidspunkt: demo{{else}}Demo{{/if}} av Meander for {{organization_name}}',
      preheader: '{{demo.when}}',
      about: `${who.nb} Du får denne e-posten fordi du har avtalt en demo av Meander med oss.`,
    },
    en: {
      subject: '{{#if demo.changed}}New time: demo{{else}}Demo{{/if}} of Meander for {{organization_name}}',
      preheader: '{{demo.when}}',
      about: `${who.en} You receive this mail because you have arranged a demo of Meander with us.`,
    },
  },
  demo_cancellation: {
    nb: {
      subject: 'Avlyst: demo av Meander for {{organization_name}}',
      preheader: '{{demo.when}}',
      about: `${who.nb} Du får denne e-posten fordi du hadde avtalt en demo av Meander med oss.`,
    },
    en: {
      subject: 'Cancelled: demo of Meander for {{organization_name}}',
      preheader: '{{demo.when}}',
      about: `${who.en} You receive this mail because you had arranged a demo of Meander with us.`,
    },
  },
};
