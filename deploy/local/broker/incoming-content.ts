import { ProtocolError, preconditionFailed } from './errors.ts';
import type { ClientMethods, Properties } from './methods.ts';
import { BASIC_CLASS, decodeProperties } from './wire.ts';

/** RabbitMQ 4's default for the largest message. */
const MAX_BODY = 16 * 1024 * 1024;
/** Class, weight, body size, property flags. */
const SHORTEST_HEADER = 14;

/** A `basic.publish` with all of its content. */
export interface Publication {
  readonly fields: ClientMethods['BasicPublish'];
  readonly header: Buffer;
  readonly properties: Properties;
  readonly body: Buffer;
}

/**
 * Puts the frames of one publication together: the method, then a header, then bodies until the announced
 * size is reached.
 */
export class IncomingContent {
  #fields: ClientMethods['BasicPublish'] | undefined;
  #header: Pick<Publication, 'header' | 'properties'> | undefined;
  #missing = 0;
  #parts: Buffer[] = [];

  /** True between a `basic.publish` and its last body frame, when nothing else may come on the channel. */
  get pending(): boolean {
    return this.#fields !== undefined;
  }

  begin(fields: ClientMethods['BasicPublish']): void {
    this.#fields = fields;
  }

  /** Throws 505 when no header is due, 502 for one that cannot be read, 406 for a body that is too large. */
  header(payload: Buffer): Publication | undefined {
    if (this.#fields === undefined || this.#header !== undefined) throw unexpected('content header');
    if (payload.length < SHORTEST_HEADER || payload.readUInt16BE(0) !== BASIC_CLASS) {
      throw new ProtocolError(502, 'content header is not one of class basic');
    }
    const size = payload.readBigUInt64BE(4);
    if (size > MAX_BODY) {
      throw preconditionFailed(`message size ${size} is larger than configured max size ${MAX_BODY}`);
    }
    this.#header = { header: Buffer.from(payload), properties: decoded(payload.subarray(12)) };
    this.#missing = Number(size);
    return this.#completed();
  }

  /** Throws 505 when no body is due, or more of it comes than was announced. */
  body(payload: Buffer): Publication | undefined {
    if (this.#header === undefined || payload.length > this.#missing) throw unexpected('content body');
    this.#missing -= payload.length;
    this.#parts.push(payload);
    return this.#completed();
  }

  #completed(): Publication | undefined {
    if (this.#fields === undefined || this.#header === undefined || this.#missing > 0) return undefined;
    // Copied, also when it is one part: a slice would keep the whole chunk read from the socket alive.
    const publication = { fields: this.#fields, ...this.#header, body: Buffer.concat(this.#parts) };
    this.#fields = undefined;
    this.#header = undefined;
    this.#parts = [];
    return publication;
  }
}

function decoded(flagsAndFields: Buffer): Properties {
  try {
    return decodeProperties(flagsAndFields);
  } catch (cause) {
    throw new ProtocolError(502, `cannot decode properties: ${(cause as Error).message}`, { cause });
  }
}

function unexpected(what: string): ProtocolError {
  return new ProtocolError(505, `expected method frame, got ${what} frame instead`);
}
