import { ProtocolError } from './errors.ts';
import type { ClientMethod } from './methods.ts';
import {
  decodeMethod,
  FRAME_OVERHEAD,
  frameType,
  parseFrame,
  protocolHeader,
  type RawFrame,
} from './wire.ts';

export type Frame =
  | { kind: 'method'; channel: number; method: ClientMethod }
  | { kind: 'header'; channel: number; payload: Buffer }
  | { kind: 'body'; channel: number; payload: Buffer }
  | { kind: 'heartbeat'; channel: number };

/**
 * Cuts a client's byte stream into frames. It holds at most one incomplete frame, and refuses a frame from
 * its size field alone, so a client cannot make the broker buffer more than `frameMax`.
 */
export class FrameReader {
  /** In bytes, envelope included. Lowered when the client negotiates less. */
  frameMax: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(frameMax: number) {
    this.frameMax = frameMax;
  }

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  /** The eight bytes a connection starts with: are they ours? Undefined while they are not all there. */
  takeProtocolHeader(): boolean | undefined {
    if (this.#bytes.length < protocolHeader.length) return undefined;
    const matches = this.#bytes.subarray(0, protocolHeader.length).equals(protocolHeader);
    this.#bytes = this.#bytes.subarray(protocolHeader.length);
    return matches;
  }

  /**
   * The next whole frame, or undefined. Throws 501 for a broken envelope and 502 for a method that cannot be
   * decoded.
   */
  next(): Frame | undefined {
    let raw: RawFrame | undefined;
    try {
      raw = parseFrame(this.#bytes, this.frameMax - FRAME_OVERHEAD);
    } catch (cause) {
      throw new ProtocolError(501, (cause as Error).message, { cause });
    }
    if (raw === undefined) return undefined;
    this.#bytes = raw.rest;
    return decode(raw);
  }
}

function decode({ type, channel, payload }: RawFrame): Frame {
  switch (type) {
    case frameType.method:
      try {
        return { kind: 'method', channel, method: decodeMethod(payload) };
      } catch (cause) {
        throw new ProtocolError(502, `cannot decode method: ${(cause as Error).message}`, { cause });
      }
    case frameType.header:
      return { kind: 'header', channel, payload };
    case frameType.body:
      return { kind: 'body', channel, payload };
    case frameType.heartbeat:
      return { kind: 'heartbeat', channel };
    default:
      throw new ProtocolError(501, `unknown frame type ${type}`);
  }
}
