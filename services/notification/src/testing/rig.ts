import {
  createEvent,
  createId,
  createMaskedRef,
  type EventData,
  type EventType,
  type LeadEvent,
  routingKeys,
} from '@meander/lead';
import { createLogger, type HttpService, type Logger } from '@meander/runtime';
import { createStack, type Stack, waitUntil } from '@meander/testing';
import { loadNotificationConfig } from '../config.ts';
import { createService } from '../service.ts';

interface Overrides {
  logger?: Logger;
  clockOffset?: () => number;
}

/** A row of the ledger, as far as tests look at it. */
export interface DeliveryRow {
  id: string;
  event_id: string;
  template: string;
  state: string;
  attempts: number;
  unknown_outcomes: number;
  message_id: string;
  last_outcome: string | null;
  last_response_code: number | null;
  last_response: string | null;
  next_attempt_at: Date;
  updated_at: Date;
  created_at: Date;
}

/** A database of its own, and the service on it as often as wished. */
export async function createRig() {
  const stack: Stack = await createStack();
  const running = new Set<HttpService>();

  async function start(env: Record<string, string>, overrides: Overrides = {}): Promise<HttpService> {
    const config = loadNotificationConfig({
      ...stack.env,
      PUBLIC_BASE_URL: 'https://meander.example/demo',
      ...env,
    });
    const service = createService(config, { logger: createLogger('test', 'silent'), ...overrides });
    await service.start();
    running.add(service);
    return service;
  }

  async function stop(service: HttpService): Promise<void> {
    if (running.delete(service)) await service.stop();
  }

  function eventOf<T extends EventType>(type: T, leadId: string, data: EventData[T]): LeadEvent {
    return createEvent(type, { id: createId(), time: new Date(), source: 'intake', leadId, data });
  }

  function booked(leadId: string, overlay: Partial<EventData['LeadCreated']> = {}): LeadEvent {
    return eventOf('LeadCreated', leadId, {
      version: 1,
      status: 'new',
      booking_count: 1,
      submission_id: createId(),
      booked_at: new Date().toISOString(),
      ...overlay,
    });
  }

  /** Writes an event as its service would have, and wakes the relay of a running one, which publishes it. */
  async function tell(event: LeadEvent, overlay: Record<string, unknown> = {}): Promise<void> {
    await stack.db('messaging.outbox').insert({
      event_id: event.id,
      type: event.type,
      routing_key: routingKeys[event.type],
      subject: event.subject,
      event: JSON.stringify(event),
      ...overlay,
    });
    await stack.db.raw('NOTIFY meander_outbox');
  }

  /** A lead as intake would have committed it. */
  async function addLead(overlay: Record<string, unknown> = {}) {
    const id = createId();
    const lead = {
      id,
      first_name: 'Kari',
      last_name: 'Moe',
      email: `${id}@example.com`,
      organization_name: 'Moe AS',
      role_title: 'Koordinator',
      masked_ref: createMaskedRef(),
      locale: 'nb',
      ...overlay,
    };
    await stack.db('leads').insert(lead);
    return lead;
  }

  /** A lead and its event. */
  async function book(overlay: Record<string, unknown> = {}) {
    const lead = await addLead(overlay);
    const event = booked(lead.id);
    await tell(event);
    return { ...lead, eventId: event.id };
  }

  const deliveries = (leadId: string): Promise<DeliveryRow[]> =>
    stack.db('notification.deliveries').where({ lead_id: leadId }).orderBy('id');
  const deliveryOf = async (leadId: string) => (await deliveries(leadId))[0];

  return {
    stack,
    start,
    stop,
    eventOf,
    booked,
    tell,
    addLead,
    book,
    deliveries,
    deliveryOf,
    leadOf: (id: string) => stack.db('leads').where({ id }).first(),
    /** Waits until the lead's first delivery is as wished. */
    until: (leadId: string, what: string, holds: (row: DeliveryRow) => boolean) =>
      waitUntil(`its delivery ${what}`, async () => {
        const row = await deliveryOf(leadId);
        return row && holds(row) ? row : undefined;
      }),
    /** Makes a waiting delivery due. */
    dueNow: (id: string) =>
      stack.db('notification.deliveries').where({ id }).update({ next_attempt_at: stack.db.fn.now() }),
    async stopAll() {
      await Promise.all([...running].map(stop));
    },
    async drop() {
      await Promise.all([...running].map(stop));
      await stack.drop();
    },
  };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;
