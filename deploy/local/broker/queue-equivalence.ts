import { isDeepStrictEqual } from 'node:util';
import { describe, preconditionFailed, resourceLocked } from './errors.ts';
import type { FieldValue, Table } from './methods.ts';
import type { Queue } from './queue.ts';
import { wireType } from './queue-arguments.ts';

/** What a `queue.declare` asks for. */
export interface QueueDeclaration {
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** The connection, when the queue is exclusive to it. */
  readonly owner: object | undefined;
  readonly args: Table;
}

/** RabbitMQ compares these and ignores all other arguments. */
const compared = [
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-delivery-limit',
  'x-expires',
  'x-max-length',
  'x-message-ttl',
  'x-overflow',
  'x-queue-type',
  'x-single-active-consumer',
];

/**
 * Throws what RabbitMQ throws when a queue is declared again, differently: 405 for its owner, 406 for
 * everything else.
 */
export function assertEquivalent(queue: Queue, wanted: QueueDeclaration): void {
  const current = queue.declaration;
  if (current.owner !== wanted.owner) throw resourceLocked(queue.name);
  const flags = [
    ['durable', wanted.durable, current.durable],
    ['auto_delete', wanted.autoDelete, current.autoDelete],
  ] as const;
  for (const [name, received, is] of flags) {
    if (received !== is) throw inequivalent(queue, name, `received '${received}' but current is '${is}'`);
  }
  for (const name of compared) {
    const received = argument(wanted.args, name);
    const is = argument(current.args, name);
    if (!isDeepStrictEqual(received, is)) {
      throw inequivalent(queue, name, `received ${wording(received)} but current is ${wording(is)}`);
    }
  }
}

/** Since RabbitMQ 4 every queue has a type, so naming the default one is no difference. */
function argument(args: Table, name: string): FieldValue | undefined {
  const value = args[name];
  return name === 'x-queue-type' && value === 'classic' ? undefined : value;
}

function wording(value: FieldValue | undefined): string {
  return value === undefined ? 'none' : `the value '${String(value)}' of type '${wireType(value)}'`;
}

function inequivalent(queue: Queue, name: string, difference: string): Error {
  return preconditionFailed(`inequivalent arg '${name}' for ${describe('queue', queue.name)}: ${difference}`);
}
