import {
  accessRefused,
  describe,
  notFound,
  notImplemented,
  ProtocolError,
  preconditionFailed,
} from './errors.ts';
import { Exchange, type ExchangeSettings, type ExchangeType, exchangeTypes } from './exchange.ts';
import type { Message } from './message.ts';
import type { Table } from './methods.ts';
import { Queue } from './queue.ts';

/**
 * Every exchange but the default one, which has no bindings of its own: it routes to the queue of the key's
 * name.
 */
export class Exchanges {
  readonly #byName = new Map<string, Exchange>();

  constructor() {
    for (const type of exchangeTypes) this.#create(`amq.${type}`, type);
    this.#create('amq.match', 'headers');
  }

  find(name: string): Exchange | undefined {
    return this.#byName.get(name);
  }

  /** Throws 403 for the default exchange and 404 for an unknown one. */
  get(name: string): Exchange {
    refuseDefault(name);
    const exchange = this.#byName.get(name);
    if (exchange === undefined) throw notFound('exchange', name);
    return exchange;
  }

  /**
   * Creates it, or checks that the existing one is the same. Throws 403, 406, and 503 for an unknown type.
   */
  declare(name: string, type: string, settings: Omit<ExchangeSettings, 'type'>, args: Table): void {
    const wanted: ExchangeSettings = { ...settings, type: knownType(type) };
    refuseDefault(name);
    const existing = this.#byName.get(name);
    if (existing !== undefined) {
      assertEquivalent(existing, wanted);
      return;
    }
    if (name.startsWith('amq.')) {
      throw accessRefused(`exchange name '${name}' contains reserved prefix 'amq.*'`);
    }
    if (args['alternate-exchange'] !== undefined) throw notImplemented('alternate-exchange');
    this.#byName.set(name, new Exchange(name, wanted));
  }

  /** Deleting what is not there succeeds, as in RabbitMQ. */
  delete(name: string, { ifUnused }: { ifUnused: boolean }): void {
    refuseDefault(name);
    if (name.startsWith('amq.')) {
      throw accessRefused(`deletion of system ${describe('exchange', name)} not allowed`);
    }
    const exchange = this.#byName.get(name);
    if (exchange === undefined) return;
    if (ifUnused && exchange.inUse) throw preconditionFailed(`${describe('exchange', name)} in use`);
    this.#remove(exchange);
  }

  /** Unbinding what is not bound, or does not exist, succeeds, as in RabbitMQ. */
  unbind(source: string, target: Queue | Exchange | undefined, routingKey: string, args: Table): void {
    refuseDefault(source);
    const exchange = this.#byName.get(source);
    if (exchange === undefined || target === undefined) return;
    if (exchange.unbind(target, routingKey, args)) this.#removeIfAutoDelete(exchange);
  }

  /** To be called when a queue or an exchange is gone. */
  unbindEverywhere(target: Queue | Exchange): void {
    for (const exchange of [...this.#byName.values()]) {
      if (exchange.unbindAll(target)) this.#removeIfAutoDelete(exchange);
    }
  }

  /** The queues that bindings lead to from `start`, each once, however exchanges are bound in circles. */
  route(start: Exchange, message: Message): Set<Queue> {
    const queues = new Set<Queue>();
    const visited = new Set<Exchange>([start]);
    for (const exchange of visited) {
      for (const target of exchange.targets(message)) {
        if (target instanceof Queue) queues.add(target);
        else visited.add(target);
      }
    }
    return queues;
  }

  #create(name: string, type: ExchangeType): void {
    this.#byName.set(name, new Exchange(name, { type, durable: true, autoDelete: false, internal: false }));
  }

  #removeIfAutoDelete(exchange: Exchange): void {
    if (exchange.settings.autoDelete && this.#byName.get(exchange.name) === exchange) this.#remove(exchange);
  }

  #remove(exchange: Exchange): void {
    this.#byName.delete(exchange.name);
    this.unbindEverywhere(exchange);
  }
}

function refuseDefault(name: string): void {
  if (name === '') throw accessRefused('operation not permitted on the default exchange');
}

function knownType(type: string): ExchangeType {
  const known = exchangeTypes.find((each) => each === type);
  if (known === undefined) throw new ProtocolError(503, `unknown exchange type '${type}'`);
  return known;
}

const wireNames = {
  type: 'type',
  durable: 'durable',
  autoDelete: 'auto_delete',
  internal: 'internal',
} as const;

function assertEquivalent({ name, settings }: Exchange, wanted: ExchangeSettings): void {
  for (const key of ['type', 'durable', 'autoDelete', 'internal'] as const) {
    if (wanted[key] !== settings[key]) {
      throw preconditionFailed(
        `inequivalent arg '${wireNames[key]}' for ${describe('exchange', name)}: ` +
          `received '${wanted[key]}' but current is '${settings[key]}'`,
      );
    }
  }
}
