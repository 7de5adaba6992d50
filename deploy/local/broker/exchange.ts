import { isDeepStrictEqual } from 'node:util';
import { compileHeaderMatch } from './header-match.ts';
import type { Message } from './message.ts';
import type { Table } from './methods.ts';
import type { Queue } from './queue.ts';
import { compileTopicPattern } from './topic-pattern.ts';

export const exchangeTypes = ['direct', 'fanout', 'topic', 'headers'] as const;
export type ExchangeType = (typeof exchangeTypes)[number];

/** What a second declaration has to agree with. */
export interface ExchangeSettings {
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Only other exchanges may publish to it. */
  readonly internal: boolean;
}

interface Binding {
  readonly target: Queue | Exchange;
  readonly routingKey: string;
  readonly args: Table;
  readonly matches: (message: Message) => boolean;
}

export class Exchange {
  readonly name: string;
  readonly settings: ExchangeSettings;
  #bindings: Binding[] = [];

  constructor(name: string, settings: ExchangeSettings) {
    this.name = name;
    this.settings = settings;
  }

  get inUse(): boolean {
    return this.#bindings.length > 0;
  }

  /** Binding the same target twice with the same key and arguments is one binding. */
  bind(target: Queue | Exchange, routingKey: string, args: Table): void {
    if (this.#bindings.some((binding) => same(binding, target, routingKey, args))) return;
    const matches = compile(this.settings.type, routingKey, args);
    this.#bindings.push({ target, routingKey, args, matches });
  }

  unbind(target: Queue | Exchange, routingKey: string, args: Table): boolean {
    return this.#drop((binding) => same(binding, target, routingKey, args));
  }

  unbindAll(target: Queue | Exchange): boolean {
    return this.#drop((binding) => binding.target === target);
  }

  targets(message: Message): (Queue | Exchange)[] {
    return this.#bindings.filter((binding) => binding.matches(message)).map(({ target }) => target);
  }

  /** True when something was bound before and nothing is now: the moment an auto-delete exchange goes. */
  #drop(unwanted: (binding: Binding) => boolean): boolean {
    const before = this.#bindings.length;
    this.#bindings = this.#bindings.filter((binding) => !unwanted(binding));
    return before > 0 && this.#bindings.length === 0;
  }
}

function same(binding: Binding, target: Queue | Exchange, routingKey: string, args: Table): boolean {
  return (
    binding.target === target && binding.routingKey === routingKey && isDeepStrictEqual(binding.args, args)
  );
}

function compile(type: ExchangeType, routingKey: string, args: Table): Binding['matches'] {
  switch (type) {
    case 'direct':
      return (message) => message.routingKey === routingKey;
    case 'fanout':
      return () => true;
    case 'topic': {
      const matches = compileTopicPattern(routingKey);
      return (message) => matches(message.routingKey);
    }
    case 'headers': {
      const matches = compileHeaderMatch(args);
      return (message) => matches(message.properties.headers ?? {});
    }
  }
}
