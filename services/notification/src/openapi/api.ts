import { type Api, choice, count, id, list, object, orNull, text, time } from '@meander/openapi';
import { deliveryStates, templates } from '../domain/delivery.ts';
import { outcomeKinds } from '../domain/outcome.ts';
import { mostLimit } from '../domain/page-request.ts';
import { retryableStates } from '../handlers/manage-deliveries.ts';

const reads = 'deliveries:read';
const writes = 'deliveries:write';
const delivery = {
  id,
  lead_id: id,
  template: choice(templates),
  to: orNull({ ...text, description: 'Masked, such as k•••@example.no; null for mail to sales.' }),
  state: choice(deliveryStates),
  attempts: count,
  next_attempt_at: orNull(time),
  last_outcome: orNull(choice(outcomeKinds)),
  last_response_code: orNull({ type: 'integer' }),
  last_response: orNull(text),
  message_id: text,
  created_at: time,
  updated_at: time,
  sent_at: orNull(time),
};

const preview: Api['operations'] = {
  '/preview': { get: { summary: 'Every mail, in both languages', answers: { 200: { media: 'text/html' } } } },
  '/preview/preview.css': { get: { summary: 'Its style sheet', answers: { 200: { media: 'text/css' } } } },
  '/preview/{name}': {
    get: {
      summary: 'One mail, by template and language, such as confirmation.nb',
      answers: { 200: { media: 'text/html' } },
      refusals: [404],
    },
  },
};

/** What the people who run the product may ask of notification. @param previewing whether `PREVIEW` is set */
export const createApi = (previewing: boolean): Api => ({
  title: 'Meander Leads: deliveries',
  description:
    'Which mail is on its way, and sending it again. Send an API key or an access token as "Authorization: Bearer …".',
  operations: {
    '/deliveries': {
      get: {
        summary: 'Deliveries, newest first',
        scope: reads,
        query: ['state', 'limit', 'cursor'],
        answers: { 200: { schema: 'DeliveryPage' } },
        refusals: [400],
      },
    },
    '/deliveries/retry': {
      post: {
        summary: 'Send all of a state again',
        scope: writes,
        query: ['retryable'],
        answers: { 202: { schema: 'Retried' } },
        refusals: [400],
      },
    },
    '/deliveries/{id}/retry': {
      post: {
        summary: 'Send one again, at once and for another 72 hours',
        scope: writes,
        answers: { 202: { schema: 'Delivery' } },
        refusals: [404, 409],
      },
    },
    '/assets/{version}/{name}': {
      get: { summary: 'What the pages load', answers: { 200: { media: 'text/css' } }, refusals: [404] },
    },
    ...(previewing ? preview : {}),
  },
  parameters: {
    state: { schema: choice(deliveryStates) },
    retryable: { name: 'state', required: true, schema: choice(retryableStates) },
    limit: { schema: { type: 'integer', minimum: 1, maximum: mostLimit, default: 50 } },
    cursor: { schema: text, description: 'next_cursor of the page before.' },
  },
  schemas: {
    Delivery: object(delivery),
    DeliveryPage: object({ items: list(object(delivery)), next_cursor: orNull(text) }),
    Retried: object({ retried: count }),
  },
});
