/**
 * What the broker refuses, in RabbitMQ's codes and words, so that a log line of `npm start` can be looked up
 * in RabbitMQ's documentation. Texts were compared with RabbitMQ 3.10; where 4.x speaks differently the
 * comment at the place says so.
 */

const names = {
  311: 'CONTENT_TOO_LARGE',
  320: 'CONNECTION_FORCED',
  403: 'ACCESS_REFUSED',
  404: 'NOT_FOUND',
  405: 'RESOURCE_LOCKED',
  406: 'PRECONDITION_FAILED',
  501: 'FRAME_ERROR',
  502: 'SYNTAX_ERROR',
  503: 'COMMAND_INVALID',
  504: 'CHANNEL_ERROR',
  505: 'UNEXPECTED_FRAME',
  530: 'NOT_ALLOWED',
  540: 'NOT_IMPLEMENTED',
  541: 'INTERNAL_ERROR',
} as const;

export type ReplyCode = keyof typeof names;

/** A reply text is one of AMQP's short strings. */
const REPLY_TEXT_BYTES = 255;

/**
 * A refusal with the reach AMQP gives its code: 3xx and 4xx end the channel, 5xx and a forced close end the
 * connection.
 */
export class ProtocolError extends Error {
  readonly code: ReplyCode;
  readonly scope: 'channel' | 'connection';

  constructor(code: ReplyCode, explanation: string, options?: ErrorOptions) {
    super(`${names[code]} - ${explanation}`, options);
    this.name = 'ProtocolError';
    this.code = code;
    this.scope = code < 500 && code !== 320 ? 'channel' : 'connection';
  }

  /** The text for the wire, cut like RabbitMQ cuts it: a queue name alone may fill the 255 bytes. */
  get replyText(): string {
    const bytes = Buffer.from(this.message);
    if (bytes.length <= REPLY_TEXT_BYTES) return this.message;
    // A character cut in half would decode to U+FFFD, which is three bytes long: drop it.
    const kept = bytes.toString('utf8', 0, REPLY_TEXT_BYTES - 3).replace(/\uFFFD$/, '');
    return `${kept}...`;
  }
}

/** "queue 'name' in vhost '/'": how RabbitMQ names a thing in every text. */
export function describe(kind: 'queue' | 'exchange', name: string): string {
  return `${kind} '${name}' in vhost '/'`;
}

export function notFound(kind: 'queue' | 'exchange', name: string): ProtocolError {
  return new ProtocolError(404, `no ${describe(kind, name)}`);
}

export function accessRefused(explanation: string): ProtocolError {
  return new ProtocolError(403, explanation);
}

export function resourceLocked(queue: string): ProtocolError {
  return new ProtocolError(
    405,
    `cannot obtain exclusive access to locked ${describe('queue', queue)}. It could be originally declared on another ` +
      'connection or the exclusive property value does not match that of the original declaration.',
  );
}

export function preconditionFailed(explanation: string): ProtocolError {
  return new ProtocolError(406, explanation);
}

export function notAllowed(explanation: string): ProtocolError {
  return new ProtocolError(530, explanation);
}

/**
 * Also for what RabbitMQ has and this broker has not: refused loudly, because a feature that is accepted and
 * then does nothing would let our services come to rely on it.
 */
export function notImplemented(explanation: string): ProtocolError {
  return new ProtocolError(540, explanation);
}
