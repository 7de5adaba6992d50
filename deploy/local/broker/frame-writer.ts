import type { Socket } from 'node:net';
import type { Message } from './message.ts';
import type { ServerMethodName, ServerMethods } from './methods.ts';
import { encodeMethod, FRAME_END, FRAME_OVERHEAD, frameType, heartbeatFrame } from './wire.ts';

/**
 * Writes frames to one client's socket. What is written within one turn of the event loop leaves in one
 * packet.
 */
export class FrameWriter {
  /** In bytes, envelope included: longer bodies are split. Lowered when the client negotiates less. */
  frameMax: number;
  readonly #socket: Socket;
  #corked = false;

  constructor(socket: Socket, frameMax: number) {
    this.#socket = socket;
    this.frameMax = frameMax;
  }

  /** True while the client reads slower than it is sent to; deliveries wait for the socket's `drain` then. */
  get congested(): boolean {
    return this.#socket.writableNeedDrain;
  }

  method<Name extends ServerMethodName>(channel: number, name: Name, fields: ServerMethods[Name]): void {
    this.#write(encodeMethod(name, channel, fields));
  }

  /**
   * A method with its content. The properties go out as the bytes they came in, so no header changes its type
   * on the way.
   */
  content<Name extends ServerMethodName>(
    channel: number,
    name: Name,
    fields: ServerMethods[Name],
    { header, body }: Pick<Message, 'header' | 'body'>,
  ): void {
    this.method(channel, name, fields);
    this.#write(frame(frameType.header, channel, header));
    const step = this.frameMax - FRAME_OVERHEAD;
    for (let at = 0; at < body.length; at += step) {
      this.#write(frame(frameType.body, channel, body.subarray(at, at + step)));
    }
  }

  heartbeat(): void {
    this.#write(heartbeatFrame);
  }

  /** For bytes outside any frame: the protocol header that answers a wrong one. */
  raw(bytes: Buffer): void {
    this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    if (!this.#socket.writable) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(payload.length + FRAME_OVERHEAD);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt16BE(channel, 1);
  bytes.writeUInt32BE(payload.length, 3);
  payload.copy(bytes, 7);
  bytes.writeUInt8(FRAME_END, payload.length + 7);
  return bytes;
}
