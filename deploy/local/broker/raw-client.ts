import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './contract/inbox.ts';

/**
 * A client for tests that amqplib cannot play: one that breaks the protocol, falls silent, or does not read.
 */
export class RawClient {
  readonly socket: Socket;
  #chunks: Buffer[] = [];
  #closed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => this.#chunks.push(chunk));
    this.socket
      .on('error', () => {})
      .on('close', () => {
        this.#closed = true;
      });
  }

  /** Through the handshake, with channel 1 open. */
  static async open(port: number, { heartbeat = 0, frameMax = 0 } = {}): Promise<RawClient> {
    const client = new RawClient(port);
    await once(client.socket, 'connect');
    client.send(PROTOCOL_HEADER, startOk, method(0, 10, 31, uint16(0), uint32(frameMax), uint16(heartbeat)));
    client.send(method(0, 10, 40, shortString('/'), shortString(''), uint8(0)));
    client.send(method(1, 20, 10, shortString('')));
    await client.received(20, 11);
    return client;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Everything the broker sent so far. */
  get bytes(): Buffer {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }

  send(...parts: Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Waits for a method of the broker, and returns its arguments. */
  async received(classId: number, methodId: number): Promise<Buffer> {
    return until(`method ${classId}.${methodId}`, () => this.#find(classId, methodId));
  }

  /**
   * The code the connection is closed with, which is answered as it should be; undefined when it was cut
   * without a word.
   */
  async closeCode(): Promise<number | undefined> {
    const close = await until(
      'the end of the connection',
      () => this.#find(10, 50) ?? (this.#closed && Buffer.alloc(0)),
    );
    this.send(method(0, 10, 51));
    await until('the end of the socket', () => this.#closed);
    return close.length === 0 ? undefined : close.readUInt16BE(0);
  }

  #find(classId: number, methodId: number): Buffer | undefined {
    const id = (classId << 16) | methodId;
    const found = frames(this.bytes).find(
      ({ type, payload }) => type === 1 && payload.readUInt32BE(0) === id,
    );
    return found?.payload.subarray(4);
  }
}

export function frames(bytes: Buffer): { type: number; channel: number; payload: Buffer }[] {
  const found = [];
  for (let at = 0; at + 7 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at + 3);
    if (at + size + 8 > bytes.length) break;
    const payload = bytes.subarray(at + 7, at + 7 + size);
    found.push({ type: bytes.readUInt8(at), channel: bytes.readUInt16BE(at + 1), payload });
    at += size + 8;
  }
  return found;
}

export const PROTOCOL_HEADER = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

export function frame(type: number, channel: number, payload: Buffer, end = 0xce): Buffer {
  return Buffer.concat([uint8(type), uint16(channel), uint32(payload.length), payload, uint8(end)]);
}

export function method(channel: number, classId: number, methodId: number, ...args: Buffer[]): Buffer {
  return frame(1, channel, Buffer.concat([uint16(classId), uint16(methodId), ...args]));
}

/** A content header of class basic; `properties` are the flags and what they announce. */
export function contentHeader(channel: number, bodySize: bigint, properties = uint16(0)): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(bodySize);
  return frame(2, channel, Buffer.concat([uint16(60), uint16(0), size, properties]));
}

export function publish(channel: number, exchange: string | Buffer, key: string | Buffer): Buffer {
  return method(channel, 60, 40, uint16(0), shortString(exchange), shortString(key), uint8(0));
}

export function uint8(value: number): Buffer {
  return Buffer.from([value]);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function shortString(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint8(bytes.length), bytes]);
}

export function longString(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

const startOk = method(
  0,
  10,
  11,
  uint32(0),
  shortString('PLAIN'),
  longString(Buffer.from('\0guest\0guest')),
  shortString('en_US'),
);
