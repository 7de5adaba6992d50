import { accessRefused, notAllowed, ProtocolError } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { ClientMethod, ClientMethods } from './methods.ts';

/**
 * What this broker offers; a client may ask for less. RabbitMQ's defaults. Heartbeat in seconds, frames in
 * bytes.
 */
export const offer = { channelMax: 2047, frameMax: 131072, heartbeat: 60 } as const;

/** AMQP's least frame size. */
const FRAME_MIN = 4096;

/** What was agreed on with a client. */
export interface Peer {
  readonly user: string;
  readonly cancelNotify: boolean;
  readonly channelMax: number;
  readonly frameMax: number;
  readonly heartbeat: number;
}

const serverProperties = {
  product: 'Meander local broker',
  platform: `Node.js ${process.version}`,
  information: 'For development: keeps nothing on disk.',
  capabilities: {
    publisher_confirms: true,
    exchange_exchange_bindings: true,
    'basic.nack': true,
    consumer_cancel_notify: true,
    'connection.blocked': true,
    authentication_failure_close: true,
    per_consumer_qos: true,
  },
};

/**
 * The opening of a connection: start, tune, open, in this order and nothing else. Any user is let in: this is
 * for loopback.
 */
export class Handshake {
  readonly #writer: FrameWriter;
  #peer: Peer | undefined;
  #greeted: Pick<Peer, 'user' | 'cancelNotify'> | undefined;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
    this.#writer.method(0, 'ConnectionStart', {
      versionMajor: 0,
      versionMinor: 9,
      serverProperties,
      mechanisms: Buffer.from('PLAIN'),
      locales: Buffer.from('en_US'),
    });
  }

  /**
   * Returns the peer when the connection is open, and undefined while there is more to come. Throws when it
   * cannot be.
   */
  accept(method: ClientMethod): Peer | undefined {
    if (method.name === 'ConnectionStartOk' && this.#greeted === undefined) {
      this.#greeted = greet(method.fields);
      this.#writer.method(0, 'ConnectionTune', offer);
      return undefined;
    }
    if (method.name === 'ConnectionTuneOk' && this.#greeted !== undefined && this.#peer === undefined) {
      this.#peer = { ...this.#greeted, ...tuned(method.fields) };
      return undefined;
    }
    if (method.name === 'ConnectionOpen' && this.#peer !== undefined) {
      const { virtualHost } = method.fields;
      if (virtualHost !== '/') throw notAllowed(`vhost ${virtualHost} not found`);
      this.#writer.method(0, 'ConnectionOpenOk', {});
      return this.#peer;
    }
    throw new ProtocolError(503, `unexpected method ${method.name} in the opening handshake`);
  }
}

function greet({ clientProperties, mechanism, response }: ClientMethods['ConnectionStartOk']) {
  if (mechanism !== 'PLAIN') throw new ProtocolError(503, `unknown authentication mechanism '${mechanism}'`);
  const [, user, password] = response.toString().split('\0');
  if (user === undefined || password === undefined)
    throw accessRefused('PLAIN login refused: malformed response');
  const { capabilities } = clientProperties;
  return { user, cancelNotify: Object(capabilities).consumer_cancel_notify === true };
}

/** 0 stands for "no limit" and so for ours, except that a heartbeat of 0 means none. */
function tuned({ channelMax, frameMax, heartbeat }: ClientMethods['ConnectionTuneOk']) {
  const agreed = {
    channelMax: channelMax || offer.channelMax,
    frameMax: frameMax || offer.frameMax,
    heartbeat,
  };
  if (agreed.frameMax < FRAME_MIN) throw notAllowed(`frame_max=${frameMax} < ${FRAME_MIN} min size`);
  if (agreed.frameMax > offer.frameMax)
    throw notAllowed(`frame_max=${frameMax} > ${offer.frameMax} max size`);
  if (agreed.channelMax > offer.channelMax) {
    throw notAllowed(`channel_max=${channelMax} > ${offer.channelMax} max value`);
  }
  return agreed;
}
