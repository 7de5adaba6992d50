import { locales } from '@meander/lead';
import { type Api, choice, exampleContact } from '@meander/openapi';
import { schemas } from './schemas.ts';

const example = { ...exampleContact, notes: 'Vi er 14 likepersoner i dag.' };
const rateHeaders = ['RateLimit', 'RateLimit-Policy'];
const page = { 200: { media: 'text/html' } };

/** What anybody may ask of intake. */
export const api: Api = {
  title: 'Meander Leads: booking',
  description:
    'Book a demo, and see whether the confirmation is on its way. Open to all; bookings are limited by address.',
  operations: {
    '/': { get: { summary: 'The booking form', query: ['lang', 'embed'], answers: page } },
    '/leads': {
      post: {
        summary: 'Book a demo',
        description:
          'A new and a known email address get the same answer. A program gets 202; a form post 303 to the confirmation page, or 422 with the form and its faults.',
        headers: ['Idempotency-Key'],
        body: { 'application/json': 'Booking', 'application/x-www-form-urlencoded': 'BookingForm' },
        example,
        answers: {
          202: { schema: 'Accepted', headers: ['Location', ...rateHeaders] },
          303: { headers: ['Location', ...rateHeaders] },
        },
        refusals: [429],
      },
    },
    '/confirmations/{masked_ref}': {
      get: {
        summary: 'What became of the mail',
        answers: { 200: { schema: 'Confirmation' } },
        refusals: [404],
      },
    },
    '/confirmation/{masked_ref}': {
      get: {
        summary: 'The confirmation page, to which the mail leads',
        query: ['lang', 'embed'],
        answers: page,
        refusals: [404],
      },
    },
    '/confirmation/{masked_ref}/resend': {
      post: {
        summary: 'The button of that page: sends the confirmation once more, once for each booking',
        description: 'Answered alike whether or not there was anything to send.',
        body: { 'application/x-www-form-urlencoded': 'Nothing' },
        example: {},
        answers: { 303: { headers: ['Location'] } },
        refusals: [403],
      },
    },
    '/probe': {
      get: {
        summary: 'From where a request of our own seems to come; not there for anybody else',
        answers: { 200: { schema: 'Arrival' } },
        refusals: [404],
      },
    },
    '/embed.js': {
      get: {
        summary: 'Shows the form on another site, where CORS_ORIGINS names it',
        answers: { 200: { media: 'text/javascript' } },
      },
    },
    '/assets/{version}/{name}': {
      get: {
        summary: 'What the pages load',
        answers: { 200: { media: 'text/css', description: 'Or a module, or a picture' } },
        refusals: [404],
      },
    },
  },
  parameters: {
    lang: { schema: choice(locales) },
    embed: { schema: choice(['1']), description: 'As a part of another page.' },
  },
  headers: {
    'Idempotency-Key': {
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
      description: 'The same key and body again gives the first answer and changes nothing.',
    },
  },
  schemas,
};
