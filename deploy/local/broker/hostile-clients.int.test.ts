import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { consume, fetch, until } from './contract/inbox.ts';
import { Rig } from './contract/rig.ts';
import { startRelay } from './contract/severable-relay.ts';
import { type Broker, startBroker } from './index.ts';
import {
  contentHeader,
  frame,
  frames,
  longString,
  method,
  PROTOCOL_HEADER,
  publish,
  RawClient,
  shortString,
  uint8,
  uint16,
  uint32,
} from './raw-client.ts';

let broker: Broker;
let rig: Rig;
const faults: Error[] = [];

beforeAll(async () => {
  broker = await startBroker({ port: 0, onFault: (fault) => faults.push(fault) });
  rig = new Rig(broker.url);
});
afterAll(async () => {
  await rig.cleanUp();
  await broker.close();
});

/** Whatever a client did, the others are served. */
afterEach(async () => {
  const channel = await rig.channel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  const inbox = await consume(channel, queue);
  channel.sendToQueue(queue, Buffer.from('still here'));
  await inbox.arrived(1);
  await channel.deleteQueue(queue);
  faults.length = 0;
});

const notUtf8 = Buffer.alloc(200, 0xff);
const declareQueue = (name: string | Buffer) =>
  method(1, 50, 10, uint16(0), shortString(name), uint8(0b0000_0010), uint32(0));

const noAck = uint8(0b10);
const consumeAs = (tag: string, queue: string, flags: Buffer) =>
  method(1, 60, 20, uint16(0), shortString(queue), shortString(tag), flags, uint32(0));

test.each([
  { what: 'bytes that are no frame', code: 501, bytes: [Buffer.from('GET / HTTP/1.1\r\n\r\n')] },
  { what: 'a frame without its end mark', code: 501, bytes: [frame(8, 0, Buffer.alloc(0), 0)] },
  { what: 'a frame of an unknown type', code: 501, bytes: [frame(9, 1, Buffer.alloc(3))] },
  { what: 'a frame that announces 4 GiB', code: 501, bytes: [uint8(3), uint16(1), uint32(0xffffffff)] },
  { what: 'an unknown method', code: 502, bytes: [method(1, 60, 999)] },
  { what: 'an empty method frame', code: 502, bytes: [frame(1, 1, Buffer.alloc(0))] },
  { what: 'a method without its arguments', code: 502, bytes: [method(1, 50, 10)] },
  { what: 'a name that is not UTF-8', code: 502, bytes: [declareQueue(notUtf8)] },
  { what: 'a key that is not UTF-8', code: 502, bytes: [publish(1, '', notUtf8)] },
  { what: 'a method on a channel that is not open', code: 504, bytes: [publish(7, '', 'key')] },
  { what: 'opening a channel twice', code: 504, bytes: [method(1, 20, 10, shortString(''))] },
  { what: 'a content header without a publication', code: 505, bytes: [contentHeader(1, 3n)] },
  { what: 'a content body without a publication', code: 505, bytes: [frame(3, 1, Buffer.from('abc'))] },
  { what: 'a method amid content', code: 505, bytes: [publish(1, '', 'k'), method(1, 90, 10)] },
  {
    what: 'more content than announced',
    code: 505,
    bytes: [publish(1, '', 'k'), contentHeader(1, 2n), frame(3, 1, Buffer.from('abc'))],
  },
  {
    what: 'properties that are not there',
    code: 502,
    bytes: [publish(1, '', 'k'), contentHeader(1, 3n, uint16(0xfffc))],
  },
  { what: 'a content header cut short', code: 502, bytes: [publish(1, '', 'k'), frame(2, 1, uint16(60))] },
  { what: 'a transaction, which we have not', code: 540, bytes: [method(1, 90, 10)] },
  { what: 'a method of the server', code: 540, bytes: [method(1, 50, 31, uint32(0))] },
])('$what ends that connection with $code', async ({ code, bytes }) => {
  const client = await RawClient.open(broker.port);
  client.send(...bytes);
  expect(await client.closeCode()).toBe(code);
  // Refusals are the client's affair; what is no AMQP is reported.
  expect(faults.map((fault) => fault.name)).toEqual(code <= 505 && code !== 504 ? ['ProtocolError'] : []);
});

test.each([
  { what: 'HTTP', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n') },
  { what: 'another version of AMQP', bytes: Buffer.from('AMQP\0\x01\0\0', 'latin1') },
])('a client that speaks $what is told what is spoken here', async ({ bytes }) => {
  const client = new RawClient(broker.port);
  await once(client.socket, 'connect');
  client.send(bytes);
  expect(await client.closeCode()).toBeUndefined();
  expect(client.bytes.equals(PROTOCOL_HEADER)).toBe(true);
});

test('what a client held goes to others as soon as it is told to go, and it is cut off if it does not', async () => {
  const channel = await rig.channel();
  const queue = await rig.queue(channel);
  const client = await RawClient.open(broker.port);
  client.send(consumeAs('t', queue, uint8(0)));
  channel.sendToQueue(queue, Buffer.from('held'));
  await client.received(60, 60);
  client.send(method(1, 90, 10));
  await client.received(10, 50);
  await (await consume(channel, queue)).arrived(1);
  expect(client.closed).toBe(false);
  await until('its connection is over', () => client.closed);
});

test('frames are kept to the size that was agreed on, both ways', async () => {
  const channel = await rig.channel();
  const queue = await rig.queue(channel);
  const client = await RawClient.open(broker.port, { frameMax: 4096 });
  client.send(consumeAs('t', queue, noAck));
  channel.sendToQueue(queue, Buffer.alloc(10_000));
  const bodies = () => frames(client.bytes).filter(({ type }) => type === 3);
  await until(
    'the whole body',
    () => bodies().reduce((sum, { payload }) => sum + payload.length, 0) === 10_000,
  );
  expect(bodies().map(({ payload }) => payload.length)).toEqual([4088, 4088, 1824]);
  client.send(publish(1, '', queue), contentHeader(1, 4089n), frame(3, 1, Buffer.alloc(4089)));
  expect(await client.closeCode()).toBe(501);
});

test('a message over the largest size is refused from its header, before its body is taken', async () => {
  const client = await RawClient.open(broker.port);
  client.send(publish(1, '', 'k'), contentHeader(1, 2n ** 40n), frame(3, 1, Buffer.from('abc')));
  expect((await client.received(20, 40)).readUInt16BE(0)).toBe(406);
  expect(client.closed).toBe(false);
  client.socket.destroy();
});

test('headers that can be read but not written again do not break the queue that holds them', async () => {
  const channel = await rig.channel();
  const queue = await rig.quorumQueue(channel);
  // 100 KiB of headers pass through as bytes, but are over what the codec can encode, which a redelivery
  // needs.
  const table = Buffer.concat([shortString('big'), Buffer.from('S'), longString(Buffer.alloc(100_000, 'x'))]);
  const client = await RawClient.open(broker.port);
  const properties = Buffer.concat([uint16(0x2000), longString(table)]);
  client.send(publish(1, '', queue), contentHeader(1, 0n, properties));
  const first = await fetch(channel, queue);
  channel.nack(first, false, true);
  const second = await fetch(channel, queue);
  expect(second.properties.headers).toEqual(first.properties.headers);
  expect(second.fields.redelivered).toBe(true);
  client.socket.destroy();
});

test('a topic pattern of nothing but # costs no more than any other', async () => {
  const channel = await rig.channel();
  const exchange = await rig.exchange(channel, 'topic');
  await rig.bound(channel, exchange, Array(100).fill('#').join('.'), `${Array(100).fill('#').join('.')}.z`);
  channel.publish(exchange, Array(100).fill('a').join('.'), Buffer.from('x'));
  await channel.waitForConfirms();
});

test('a consumer that does not read is not sent more than its socket holds', async () => {
  const channel = await rig.channel();
  const queue = await rig.queue(channel);
  const client = await RawClient.open(broker.port);
  client.socket.pause();
  client.send(consumeAs('t', queue, noAck));
  await until('it consumes', async () => (await channel.checkQueue(queue)).consumerCount === 1);
  for (let sent = 0; sent < 500; sent += 1) channel.sendToQueue(queue, Buffer.alloc(100_000));
  await channel.waitForConfirms();
  expect((await channel.checkQueue(queue)).messageCount).toBeGreaterThan(100);
  client.socket.resume();
  await until('everything is sent', async () => (await channel.checkQueue(queue)).messageCount === 0);
  client.socket.destroy();
});

test('what a lost client held goes to the next one, and never to its own other channels on the way', async () => {
  const relay = await startRelay(broker.url);
  const lost = await rig.connect(relay.url);
  const channels = [await rig.channel(lost), await rig.channel(lost)] as const;
  const queue = await rig.quorumQueue(channels[0]);
  channels[0].sendToQueue(queue, Buffer.from('held'));
  await (await consume(channels[0], queue)).arrived(1);
  await consume(channels[1], queue);
  await relay.sever();
  const survivor = await consume(await rig.channel(), queue);
  // Each return counts, so one too many would show.
  expect((await survivor.at(0)).properties.headers).toMatchObject({ 'x-delivery-count': 1 });
});

test('no bytes of any kind bring the broker down', async () => {
  const session = Buffer.concat([
    declareQueue('fuzzed'),
    publish(1, '', 'fuzzed'),
    contentHeader(
      1,
      3n,
      Buffer.concat([uint16(0x2000), longString(Buffer.concat([shortString('a'), Buffer.from('t\x01')]))]),
    ),
    frame(3, 1, Buffer.from('abc')),
    consumeAs('t', 'fuzzed', uint8(0)),
    method(1, 60, 120, uint32(0), uint32(1), uint8(0b10)),
    method(1, 50, 40, uint16(0), shortString('fuzzed'), uint8(0)),
  ]);
  const mutations = fc.array(fc.tuple(fc.nat(session.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(mutations, fc.nat(session.length), async (changes, cut) => {
      const bytes = Buffer.from(session);
      for (const [at, value] of changes) bytes.writeUInt8(value, at);
      const client = await RawClient.open(broker.port);
      client.send(bytes.subarray(0, cut), method(1, 20, 40, uint16(0), shortString(''), uint32(0)));
      client.socket.end();
      await until('its connection is over', () => client.closed);
    }),
    { numRuns: 150 },
  );
  // Errors of the broker's own would be anything but a ProtocolError.
  expect(faults.filter((fault) => fault.name !== 'ProtocolError')).toEqual([]);
});
