import type { ObjectSchema } from 'joi';
import Joi from 'joi';
import { type Status, statuses } from './fields.ts';

/**
 * What happened to a lead. The data carries ids, versions, statuses and times, never what a person typed:
 * consumers read that from the database, where it can be erased.
 */
export interface EventData {
  LeadCreated: BookingData;
  LeadRebooked: BookingData;
  LeadStatusChanged: {
    version: number;
    from: Status;
    to: Status;
    moved_at: string;
    moved_by: string;
    /** Where the move set a demo: which setting of it this is, from 0. The time itself is read from the database. */
    demo_sequence?: number;
    /** Where the move called a demo off: the number of the cancellation. */
    demo_cancelled_sequence?: number;
  };
  LeadUpdated: {
    version: number;
    fields: string[];
    updated_at: string;
    updated_by: string;
    /** Where the demo was set anew: which setting of it this is. */
    demo_sequence?: number;
    /** Where the demo was called off: the number of the cancellation. */
    demo_cancelled_sequence?: number;
  };
  LeadErased: { erased_at: string; erased_by: string };
  /** The one who booked asks for the confirmation once more: at most once for each booking. */
  ConfirmationRequested: { version: number; booking_count: number; requested_at: string };
  /** Sales asks for a mail to be sent again. */
  DeliveryRetryRequested: { delivery_id: string; requested_at: string; requested_by: string };
  ConfirmationSent: { delivery_id: string; template: string; sent_at: string };
  ConfirmationFailed: {
    delivery_id: string;
    template: string;
    failed_at: string;
    response_code: number | null;
  };
}

export interface BookingData {
  version: number;
  status: Status;
  booking_count: number;
  /** The submission that caused the event, or null for a lead that sales entered. */
  submission_id: string | null;
  booked_at: string;
  /** Who entered it, where that was not the visitor. */
  entered_by?: string;
  /** The same submission came before, at the same moment: a click that was made twice. No mail is due for it. */
  repeated?: boolean;
}

export type EventType = keyof EventData;

const name = Joi.string().required();
const time = Joi.string().isoDate().required();
const version = Joi.number().integer().min(1).required();
const status = Joi.string()
  .valid(...statuses)
  .required();
const who = name.description('Who did it: a key or a person of sales, by its id.');
const sequence = Joi.number().integer().min(0).description('Which setting of the demo this is, from 0.');
const cancelledSequence = Joi.number()
  .integer()
  .min(1)
  .description('The demo was called off: the number of that, one above the last setting.');

/** Members that this code does not know are let through: a newer service may tell more. */
const data = <T>(members: Joi.StrictSchemaMap<T>): ObjectSchema<T> =>
  Joi.object<T, true>(members).unknown(true).required();

const booking = data<BookingData>({
  version,
  status,
  booking_count: Joi.number().integer().min(1).required(),
  submission_id: Joi.string()
    .allow(null)
    .required()
    .description('The submission that caused it; null for a lead that sales entered.'),
  booked_at: time,
  entered_by: Joi.string().description('Who entered it, where that was not the visitor.'),
  repeated: Joi.boolean().description(
    'The same submission came before, at the same moment: no mail is due for this one.',
  ),
});

/** The data of each type as a joi schema: what a consumer takes, and what the description of the events shows. */
export const eventDataSchemas: { readonly [T in EventType]: ObjectSchema<EventData[T]> } = {
  LeadCreated: booking,
  LeadRebooked: booking,
  LeadStatusChanged: data<EventData['LeadStatusChanged']>({
    version,
    from: status,
    to: status,
    moved_at: time,
    moved_by: who,
    demo_sequence: sequence,
    demo_cancelled_sequence: cancelledSequence,
  }),
  LeadUpdated: data<EventData['LeadUpdated']>({
    version,
    fields: Joi.array().items(Joi.string()).required().description('Names of what changed, without values.'),
    updated_at: time,
    updated_by: who,
    demo_sequence: sequence,
    demo_cancelled_sequence: cancelledSequence,
  }),
  LeadErased: data<EventData['LeadErased']>({ erased_at: time, erased_by: who }),
  ConfirmationRequested: data<EventData['ConfirmationRequested']>({
    version,
    booking_count: Joi.number().integer().min(1).required(),
    requested_at: time,
  }),
  DeliveryRetryRequested: data<EventData['DeliveryRetryRequested']>({
    delivery_id: name,
    requested_at: time,
    requested_by: who,
  }),
  ConfirmationSent: data<EventData['ConfirmationSent']>({ delivery_id: name, template: name, sent_at: time }),
  ConfirmationFailed: data<EventData['ConfirmationFailed']>({
    delivery_id: name,
    template: name,
    failed_at: time,
    response_code: Joi.number()
      .integer()
      .allow(null)
      .required()
      .description('Of the mail server; null where it gave none.'),
  }),
};
