import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Cable, layCable } from './cable.ts';
import { waitUntil } from './wait-until.ts';

let server: Server;
let cable: Cable;
/** What the far end has received, piece by piece, and its side of each connection. */
let received: string[];
let far: Socket[];

beforeEach(async () => {
  received = [];
  far = [];
  server = createServer((socket) => {
    far.push(socket);
    socket.on('error', () => {}).on('data', (piece) => received.push(String(piece)));
    socket.write('hello');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cable = await layCable(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  await cable.remove();
  for (const socket of far) socket.destroy();
  server.close();
});

/** The near end of a connection through the cable. */
function dial() {
  const socket = connect(Number(new URL(cable.url).port), '127.0.0.1');
  const near = { socket, heard: '', ended: '' };
  socket.on('data', (piece) => {
    near.heard += piece;
  });
  socket.on('error', () => {
    near.ended = 'reset';
  });
  socket.on('end', () => {
    near.ended ||= 'end';
  });
  return near;
}

const hears = (near: { heard: string }, text: string) =>
  waitUntil(`the near end hears ${text}`, () => near.heard === text);

it('carries both ways, and the end with everything before it', async () => {
  const near = dial();
  await hears(near, 'hello');
  near.socket.write('one');
  await waitUntil('it arrives', () => received.join('') === 'one');
  far[0]?.end(' and goodbye');
  await hears(near, 'hello and goodbye');
  await waitUntil('it ends', () => near.ended === 'end');
});

it('resets old connections and new ones while it is pulled', async () => {
  const near = dial();
  await hears(near, 'hello');
  cable.pull();
  await waitUntil('it is reset', () => near.ended === 'reset');
  const later = dial();
  await waitUntil('a new one too', () => later.ended === 'reset');
  cable.plugIn();
  await hears(dial(), 'hello');
});

it('holds everything back while it is frozen, and loses nothing', async () => {
  const near = dial();
  await hears(near, 'hello');
  cable.freeze();
  near.socket.write('held back');
  const later = dial();
  await waitUntil('the new one is connected', () => !later.socket.connecting);
  expect([received, later.heard, near.ended, later.ended]).toEqual([[], '', '', '']);
  cable.plugIn();
  await waitUntil('it arrives', () => received.join('') === 'held back');
  await hears(later, 'hello');
});

it('tells neither end of a connection that it has lost track of', async () => {
  const near = dial();
  await hears(near, 'hello');
  cable.loseTrack();
  near.socket.write('into the void');
  await hears(dial(), 'hello');
  far[0]?.end();
  expect([received, near.ended]).toEqual([[], '']);
});

it('cuts what it carries into pieces', async () => {
  const near = dial();
  await hears(near, 'hello');
  cable.slice(2);
  near.socket.write('abcdef');
  await waitUntil('all has arrived', () => received.join('') === 'abcdef');
  expect(received.length).toBeGreaterThan(1);
});
