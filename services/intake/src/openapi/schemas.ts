import {
  attributionFieldNames,
  bookingSchema,
  type JsonSchema,
  limits,
  locales,
  toJsonSchema,
} from '@meander/lead';
import { choice, input, object, text, time } from '@meander/openapi';
import { pageTokenField } from '../domain/page-token.ts';
import { honeypotField } from '../domain/suspicion.ts';
import { idempotencyField } from '../pages/booking-page.ts';

/** The form's fields as the joi schema judges them; what else a body may hold is never a fault. */
const { properties, required } = toJsonSchema(bookingSchema) as {
  properties: Record<string, JsonSchema>;
  required: string[];
};

const around = {
  locale: {
    description: `Language of the answer and of the mail: ${locales.join(', ')}. Anything else counts as left out.`,
  },
  [honeypotField]: { description: 'Hidden in the form: a person leaves it empty.' },
  [pageTokenField]: {
    description: 'When the form was loaded, signed by the service; a program leaves it out.',
  },
};

export const schemas: Readonly<Record<string, JsonSchema>> = {
  Booking: {
    ...input(
      {
        ...properties,
        ...around,
        attribution: {
          description: `How the visitor came: an object of ${attributionFieldNames.join(', ')}, each a text of at most ${limits.attribution} characters. What is no such text is left out.`,
        },
      },
      required,
    ),
    description: 'Lengths count characters (code points) after trimming. Other fields are ignored.',
  },
  Nothing: { type: 'object', description: 'No field is read.' },
  Arrival: object({
    client_address: { type: ['string', 'null'] },
    peer_address: { type: ['string', 'null'] },
    forwarded_for: { type: ['string', 'null'] },
  }),
  BookingForm: {
    ...input(
      {
        ...properties,
        ...around,
        [idempotencyField]: { description: 'As the header Idempotency-Key.' },
        ...Object.fromEntries(
          attributionFieldNames.map((name) => [name, { description: 'How the visitor came.' }]),
        ),
      },
      required,
    ),
    description:
      'The same fields as a plain HTML form sends them; the members of `attribution` are fields of their own.',
  },
  Accepted: object({
    masked_ref: { type: 'string', pattern: '^[1-9A-HJ-NP-Za-km-z]{22}$' },
    confirmation_url: { type: 'string', format: 'uri' },
    received_at: time,
  }),
  Confirmation: object({
    state: choice(['pending', 'sent', 'failed']),
    email_hint: { ...text, description: 'Such as k•••@example.no' },
    received_at: time,
  }),
};
