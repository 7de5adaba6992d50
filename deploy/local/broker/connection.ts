import type { Socket } from 'node:net';
import type { ChannelHost } from './channel.ts';
import { Channels, closeFields } from './channels.ts';
import { Countdown } from './countdown.ts';
import { notImplemented, ProtocolError } from './errors.ts';
import { FrameWriter } from './frame-writer.ts';
import { type Frame, FrameReader } from './frames.ts';
import { Handshake, offer, type Peer } from './handshake.ts';
import { Heartbeat } from './heartbeat.ts';
import type { ClientMethod } from './methods.ts';
import type { VirtualHost } from './virtual-host.ts';
import { protocolHeader } from './wire.ts';

/**
 * RabbitMQ's time for the opening, and ours for the closing, in milliseconds. Who takes longer is cut off.
 */
const HANDSHAKE_MS = 10_000;
const CLOSING_MS = 1_000;

/** Codes that say the bytes were no proper AMQP. */
const malformed: readonly number[] = [501, 502, 505];

export interface ConnectionHooks {
  /**
   * Told of errors of the broker's own and of bytes that are no proper AMQP; refusals are the client's
   * affair.
   */
  fault(error: Error): void;
  ended(connection: Connection): void;
}

/**
 * One client: the socket, what is agreed on with it, and the end of both. Nothing a client sends may throw
 * out of here.
 */
export class Connection implements ChannelHost {
  readonly writer: FrameWriter;
  readonly #socket: Socket;
  readonly #vhost: VirtualHost;
  readonly #hooks: ConnectionHooks;
  readonly #reader = new FrameReader(offer.frameMax);
  readonly #channels: Channels;
  readonly #heartbeat = new Heartbeat();
  readonly #deadline: Countdown;
  #handshake: Handshake | undefined;
  #peer: Peer | undefined;
  #closing = false;
  #released = false;

  constructor(socket: Socket, vhost: VirtualHost, hooks: ConnectionHooks) {
    this.#socket = socket;
    this.#vhost = vhost;
    this.#hooks = hooks;
    this.writer = new FrameWriter(socket, offer.frameMax);
    this.#channels = new Channels(this, vhost);
    this.#deadline = new Countdown(() => socket.destroy());
    this.#deadline.restart(HANDSHAKE_MS);
    socket.on('data', (chunk) => this.#guard(() => this.#receive(chunk)));
    socket.on('drain', () => this.#guard(() => this.#channels.resume()));
    // A lost connection is no fault: 'close' follows and is what counts.
    socket.on('error', () => {});
    socket.on('close', () => this.#guard(() => this.#end()));
  }

  get user(): string {
    return this.#peer?.user ?? '';
  }

  get cancelNotify(): boolean {
    return this.#peer?.cancelNotify ?? false;
  }

  /**
   * The broker stops. Says so as RabbitMQ does: 320 makes amqplib emit `close` without `error`, and
   * reconnect.
   */
  shutdown(): void {
    if (this.#peer === undefined || this.#closing) this.#socket.destroy();
    else
      this.#close(
        new ProtocolError(320, "broker forced connection closure with reason 'shutdown'"),
        undefined,
      );
  }

  #receive(chunk: Buffer): void {
    this.#heartbeat.heard();
    this.#reader.push(chunk);
    if (this.#handshake === undefined && !this.#greet()) return;
    let frame: Frame | undefined;
    try {
      for (frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.#accept(frame);
    } catch (error) {
      this.#fail(error as Error, frame);
    }
  }

  /**
   * False until the protocol header is there. A wrong one is answered with ours, as AMQP asks, and that is
   * all.
   */
  #greet(): boolean {
    const matches = this.#reader.takeProtocolHeader();
    if (matches) this.#handshake = new Handshake(this.writer);
    else if (matches === false) {
      this.writer.raw(protocolHeader);
      this.#hangUp();
    }
    return matches === true;
  }

  #accept(frame: Frame): void {
    if (frame.kind === 'heartbeat') return;
    const method = frame.kind === 'method' ? frame.method : undefined;
    if (method?.name === 'ConnectionClose') {
      // Before the answer: who reconnects on it must not find the exclusive queues of this connection.
      this.#release();
      this.writer.method(0, 'ConnectionCloseOk', {});
      this.#hangUp();
    } else if (this.#closing) {
      if (method?.name === 'ConnectionCloseOk') this.#hangUp();
    } else if (this.#peer === undefined) this.#open(method);
    else if (frame.channel > 0) this.#channels.accept(frame);
    else if (method?.name === 'ConnectionUpdateSecret') this.writer.method(0, 'ConnectionUpdateSecretOk', {});
    else throw notImplemented(`method ${method?.name} on channel 0`);
  }

  #open(method: ClientMethod | undefined): void {
    if (method === undefined) throw new ProtocolError(505, 'content in the opening handshake');
    this.#peer = this.#handshake?.accept(method);
    if (this.#peer === undefined) return;
    const { frameMax, channelMax, heartbeat } = this.#peer;
    this.#reader.frameMax = frameMax;
    this.writer.frameMax = frameMax;
    this.#channels.limit = channelMax;
    this.#deadline.stop();
    this.#heartbeat.start(heartbeat, {
      beat: () => this.writer.heartbeat(),
      expire: () => this.#socket.destroy(),
    });
  }

  #fail(error: Error, frame: Frame | undefined): void {
    const refusal =
      error instanceof ProtocolError ? error : new ProtocolError(541, 'see the log of the broker');
    if (refusal !== error || malformed.includes(refusal.code)) this.#hooks.fault(error);
    if (this.#closing) this.#socket.destroy();
    else this.#close(refusal, frame);
    // After a broken frame there is no telling where the next one starts.
    if (refusal.code === 501) this.#hangUp();
  }

  /** Tells the client, and waits for its answer or the deadline. */
  #close(reason: ProtocolError, cause: Frame | undefined): void {
    this.#release();
    this.#closing = true;
    this.writer.method(0, 'ConnectionClose', closeFields(reason, cause));
    this.#deadline.restart(CLOSING_MS);
  }

  /** Everything was said: sends what is still to be sent and reads no more. */
  #hangUp(): void {
    this.#closing = true;
    this.#socket.removeAllListeners('data').resume();
    this.#socket.end();
    this.#deadline.restart(CLOSING_MS);
  }

  /** Gives back what the client held. */
  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#heartbeat.stop();
    this.#channels.release();
    this.#vhost.deleteQueuesOf(this);
  }

  #end(): void {
    this.#deadline.stop();
    this.#hooks.ended(this);
    this.#release();
  }

  /** The last line: an error of our own ends this connection, and is reported, and goes no further. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#hooks.fault(error as Error);
      this.#socket.destroy();
    }
  }
}
