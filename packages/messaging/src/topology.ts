import { routingKeys, syntheticKeyPrefix } from '@meander/lead';
import type { Channel } from 'amqplib';

/** A durable queue that remembers events for a consumer while it is away; named `consumer:entity:action`. */
export interface QueueDeclaration {
  name: string;
  exchange: string;
  routingKeys: readonly string[];
}

/** Where events go (contract section 6) and where messages go that no consumer can read. */
export const exchanges = { leads: 'meander.leads', dead: 'meander.dead' } as const;

/**
 * Every durable queue of the product. Publishers declare them too, so that an event published before its
 * consumer has ever been up waits for it.
 */
export const queues = {
  confirmLead: {
    name: 'notification:lead:confirm',
    exchange: exchanges.leads,
    routingKeys: [
      routingKeys.LeadCreated,
      routingKeys.LeadRebooked,
      routingKeys.LeadStatusChanged,
      routingKeys.LeadUpdated,
      routingKeys.ConfirmationRequested,
      routingKeys.DeliveryRetryRequested,
      `${syntheticKeyPrefix}${routingKeys.LeadCreated}`,
    ],
  },
  dead: { name: 'meander.dead', exchange: exchanges.dead, routingKeys: ['#'] },
} as const satisfies Record<string, QueueDeclaration>;

/** True where a durable queue must take the event, so that an unroutable one is a fault and not "nobody listens". */
export function mustBeRouted(routingKey: string): boolean {
  return Object.values<QueueDeclaration>(queues).some(
    ({ exchange, routingKeys: keys }) => exchange === exchanges.leads && keys.includes(routingKey),
  );
}

/**
 * What takes to one queue and to no other, without the right to publish to any queue that there is: a consumer puts a
 * message back into its own.
 */
export const returnKey = (queue: string) => `returned.${queue}`;

/** Names on the broker: the prefix lets several installations, or test runs, share one broker. */
export function createNames(prefix: string) {
  return (name: string) => `${prefix}${name}`;
}

export type Names = ReturnType<typeof createNames>;

/**
 * Quorum queues. Whatever the broker itself gives up on goes to the dead letters, at least once (that needs
 * `reject-publish`), so nothing is dropped silently.
 */
const queueArguments = (names: Names, name: string) => ({
  'x-queue-type': 'quorum',
  ...(name === queues.dead.name
    ? {}
    : {
        'x-dead-letter-exchange': names(exchanges.dead),
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      }),
});

/** Declares all exchanges, queues and bindings. Declaring again what is there changes nothing. */
export async function assertTopology(channel: Channel, names: Names): Promise<void> {
  for (const exchange of Object.values(exchanges)) {
    await channel.assertExchange(names(exchange), 'topic', { durable: true });
  }
  for (const { name, exchange, routingKeys: keys } of Object.values<QueueDeclaration>(queues)) {
    await channel.assertQueue(names(name), { durable: true, arguments: queueArguments(names, name) });
    for (const key of [...keys, returnKey(name)]) await channel.bindQueue(names(name), names(exchange), key);
  }
}
