import { type EventType, eventSchema, routingKeys, toJsonSchema } from '@meander/lead';
import { exchanges } from '@meander/messaging';

const types = Object.entries(routingKeys) as [EventType, string][];
const perType = <T>(make: (type: EventType, routingKey: string) => T) =>
  Object.fromEntries(types.map(([type, routingKey]) => [type, make(type, routingKey)]));

/** What each event says, in a sentence. */
const summaries: Readonly<Record<EventType, string>> = {
  LeadCreated: 'A lead is there that was not: booked, entered or imported',
  LeadRebooked: 'A known lead has booked again',
  LeadStatusChanged: 'A lead was moved forward',
  LeadUpdated: 'Fields of a lead, or the time of its demo, were changed by sales',
  LeadErased: 'A person was erased',
  ConfirmationRequested: 'The one who booked asks for the confirmation once more',
  DeliveryRetryRequested: 'Sales asks for a mail to be sent again',
  ConfirmationSent: 'The mail server has taken the confirmation',
  ConfirmationFailed: 'The confirmation could not be delivered, and is not tried again',
};

const exchange = {
  is: 'routingKey',
  exchange: { name: exchanges.leads, type: 'topic', durable: true, autoDelete: false },
  bindingVersion: '0.3.0',
};

/** The events of all services as AsyncAPI 3.0: its schemas are those by which `parseEvent` judges. */
export function createAsyncApi() {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Meander Leads: events',
      version: '1.0.0',
      description:
        'CloudEvents 1.0, at least once, in order per lead; consumers are idempotent on the id. No personal data: who needs it reads the lead. New members may come; a member that changes its meaning comes with a new version in dataschema.',
    },
    defaultContentType: 'application/cloudevents+json',
    channels: perType((type, address) => ({
      address,
      messages: { [type]: { $ref: `#/components/messages/${type}` } },
      bindings: { amqp: exchange },
    })),
    operations: perType((type) => ({
      action: 'send',
      summary: summaries[type],
      channel: { $ref: `#/channels/${type}` },
    })),
    components: {
      messages: perType((type) => ({
        name: type,
        summary: summaries[type],
        contentType: 'application/cloudevents+json',
        payload: { $ref: `#/components/schemas/${type}` },
      })),
      schemas: perType((type) => toJsonSchema(eventSchema(type))),
    },
  };
}
