import { describe, notImplemented, preconditionFailed } from './errors.ts';
import type { FieldValue, Table } from './methods.ts';
import { fitsShortString } from './wire.ts';

const overflows = ['drop-head', 'reject-publish', 'reject-publish-dlx'] as const;

/** The `x-` arguments of a queue, checked. Times in milliseconds. */
export interface QueueOptions {
  readonly type: 'classic' | 'quorum';
  readonly messageTtl: number | undefined;
  /** The queue goes after this long without consumers, gets or declarations. */
  readonly expires: number | undefined;
  readonly deadLetterExchange: string | undefined;
  readonly deadLetterRoutingKey: string | undefined;
  readonly maxLength: number | undefined;
  readonly overflow: (typeof overflows)[number];
  /**
   * Failed deliveries before a message is dead-lettered. Quorum queues have one by default, as in RabbitMQ 4.
   */
  readonly deliveryLimit: number | undefined;
  readonly singleActiveConsumer: boolean;
}

const DEFAULT_DELIVERY_LIMIT = 20;

/** RabbitMQ knows these and they change what a queue does; this broker does not, so it says so. */
const unsupported = [
  'x-max-length-bytes',
  'x-max-priority',
  'x-queue-mode',
  'x-queue-version',
  'x-consumer-timeout',
];

/**
 * Throws 406 for a value RabbitMQ refuses and 540 for what this broker has not; unknown names are ignored, as
 * RabbitMQ does.
 */
export function parseQueueArguments(queue: string, args: Table): QueueOptions {
  for (const name of unsupported) {
    if (args[name] !== undefined) throw notImplemented(`queue argument '${name}'`);
  }
  const read = new ArgumentReader(queue, args);
  const type = queueType(read);
  const overflow = read.oneOf('x-overflow', overflows, 'invalid_overflow') ?? 'drop-head';
  if (type === 'quorum' && overflow === 'reject-publish-dlx') {
    throw read.invalid('x-overflow', 'invalid_overflow');
  }
  if (type === 'classic' && args['x-delivery-limit'] !== undefined) {
    throw preconditionFailed(
      `invalid arg 'x-delivery-limit' for ${describe('queue', queue)} of queue type rabbit_classic_queue`,
    );
  }
  const deadLetterExchange = read.text('x-dead-letter-exchange');
  const deadLetterRoutingKey = read.text('x-dead-letter-routing-key');
  if (deadLetterRoutingKey !== undefined && deadLetterExchange === undefined) {
    throw read.invalid('x-dead-letter-routing-key', 'routing_key_but_no_dlx_defined');
  }
  // Arguments may be longer than the routing key this one becomes.
  if (!fitsShortString(deadLetterRoutingKey ?? ''))
    throw read.invalid('x-dead-letter-routing-key', 'too_long');
  return {
    type,
    messageTtl: read.integer('x-message-ttl', 0),
    expires: read.integer('x-expires', 1),
    deadLetterExchange,
    deadLetterRoutingKey,
    maxLength: read.integer('x-max-length', 0),
    overflow,
    deliveryLimit: type === 'quorum' ? deliveryLimit(read) : undefined,
    singleActiveConsumer: args['x-single-active-consumer'] === true,
  };
}

function queueType(read: ArgumentReader): 'classic' | 'quorum' {
  const type = read.text('x-queue-type') ?? 'classic';
  if (type === 'stream') throw notImplemented("queue type 'stream'");
  if (type !== 'classic' && type !== 'quorum') {
    throw read.invalid('x-queue-type', `"unsupported queue type '${type}'"`);
  }
  return type;
}

/** -1 asks for no limit (RabbitMQ 4). */
function deliveryLimit(read: ArgumentReader): number | undefined {
  const limit = read.integer('x-delivery-limit', -1) ?? DEFAULT_DELIVERY_LIMIT;
  return limit === -1 ? undefined : limit;
}

class ArgumentReader {
  readonly #queue: string;
  readonly #args: Table;

  constructor(queue: string, args: Table) {
    this.#queue = queue;
    this.#args = args;
  }

  invalid(name: string, reason: string): Error {
    return preconditionFailed(`invalid arg '${name}' for ${describe('queue', this.#queue)}: ${reason}`);
  }

  integer(name: string, least: number): number | undefined {
    const value = this.#args[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw this.invalid(name, `"expected integer, got ${wireType(value)}"`);
    }
    if (value < least) throw this.invalid(name, value === 0 ? '{value_zero,0}' : `{value_negative,${value}}`);
    return value;
  }

  text(name: string): string | undefined {
    const value = this.#args[name];
    if (value === undefined || typeof value === 'string') return value;
    throw preconditionFailed(
      `invalid type '${wireType(value)}' for arg '${name}' in ${describe('queue', this.#queue)}`,
    );
  }

  oneOf<Value extends string>(name: string, allowed: readonly Value[], reason: string): Value | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((each) => each === value);
    if (found === undefined) throw this.invalid(name, reason);
    return found;
  }
}

/**
 * RabbitMQ's name for the type a value has on the wire. A number's width is lost in decoding: amqplib's
 * choice is assumed.
 */
export function wireType(value: FieldValue): string {
  if (typeof value === 'string') return 'longstr';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value !== 'number') return Array.isArray(value) ? 'array' : 'table';
  if (!Number.isInteger(value)) return 'double';
  if (value >= -0x80 && value < 0x80) return 'byte';
  if (value >= -0x8000 && value < 0x8000) return 'short';
  return value >= -0x80000000 && value < 0x80000000 ? 'signedint' : 'long';
}
