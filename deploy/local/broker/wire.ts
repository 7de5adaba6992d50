/**
 * The one place that reaches into amqplib. Its codec for methods and field tables is not exported (the
 * package's `exports` names only the client), so the two files are loaded by path; that is why package.json
 * pins amqplib to one exact version. What comes back is given our own types here, and nothing else in the
 * broker knows where the codec is from.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type {
  ClientMethod,
  ClientMethodName,
  Properties,
  ServerMethodName,
  ServerMethods,
} from './methods.ts';

interface Definitions {
  info(id: number): { name: string };
  decode(id: number, payload: Buffer): unknown;
  encodeMethod(id: number, channel: number, fields: object): Buffer;
  encodeProperties(id: number, channel: number, bodySize: number, properties: object): Buffer;
}

/** A frame whose envelope was checked and whose payload was not looked at yet. */
export interface RawFrame {
  type: number;
  channel: number;
  payload: Buffer;
  rest: Buffer;
}

interface Framing {
  PROTOCOL_HEADER: string;
  HEARTBEAT_BUF: Buffer;
  parseFrame(bytes: Buffer, maxPayload: number): RawFrame | false;
}

const require = createRequire(import.meta.url);
const codec = join(dirname(require.resolve('amqplib')), 'lib');
const definitions: Definitions & Record<string, unknown> = require(join(codec, 'defs.js'));
const framing: Framing = require(join(codec, 'frame.js'));

export const frameType = { method: 1, header: 2, body: 3, heartbeat: 8 } as const;
export const FRAME_END = 0xce;
/** What every frame spends besides its payload: type, channel, size, end. */
export const FRAME_OVERHEAD = 8;
/** The most that a short string can carry. */
export const SHORT_STRING_BYTES = 255;
/** The class number of `basic`, which is the only class with content. */
export const BASIC_CLASS = 60;

export const protocolHeader: Buffer = Buffer.from(framing.PROTOCOL_HEADER, 'latin1');
export const heartbeatFrame: Buffer = framing.HEARTBEAT_BUF;

/**
 * The first whole frame of `bytes`, or undefined when there is none yet. Throws as soon as the announced size
 * is over the limit.
 */
export function parseFrame(bytes: Buffer, maxPayload: number): RawFrame | undefined {
  return framing.parseFrame(bytes, maxPayload) || undefined;
}

/** Throws on an unknown method and on fields that do not add up. */
export function decodeMethod(payload: Buffer): ClientMethod {
  const id = payload.readUInt32BE(0);
  const { name } = definitions.info(id);
  const fields = definitions.decode(id, payload.subarray(4)) as object;
  for (const value of Object.values(fields)) {
    if (typeof value === 'string' && !fitsShortString(value)) throw new RangeError('string is not UTF-8');
  }
  return { name, id, fields } as ClientMethod;
}

/**
 * Can the text be sent as one of AMQP's short strings? All text fields of methods are, and came as one; but
 * bytes that are not UTF-8 grow when they are decoded, and would otherwise fail when the name is sent on, to
 * somebody else.
 */
export function fitsShortString(text: string): boolean {
  return Buffer.byteLength(text) <= SHORT_STRING_BYTES;
}

export function encodeMethod<Name extends ServerMethodName>(
  name: Name,
  channel: number,
  fields: ServerMethods[Name],
): Buffer {
  return definitions.encodeMethod(methodId(name), channel, fields);
}

export function decodeProperties(flagsAndFields: Buffer): Properties {
  return definitions.decode(BASIC_CLASS, flagsAndFields) as Properties;
}

/**
 * The payload of a content header frame. Throws when the headers are over the codec's 64 KiB, or nested past
 * all reason.
 */
export function encodeContentHeader(properties: Properties, bodySize: number): Buffer {
  const frame = definitions.encodeProperties(BASIC_CLASS, 0, bodySize, properties);
  return frame.subarray(FRAME_OVERHEAD - 1, -1);
}

export function methodId(name: ClientMethodName | ServerMethodName): number {
  return definitions[name] as number;
}
