import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createEvent, createId, type LeadEvent } from '@meander/lead';
import { type HttpService, Problem } from '@meander/runtime';
import { waitUntil } from '@meander/testing';
import express from 'express';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEventLog } from './adapters/event-log.ts';
import { createEventStream } from './handlers/stream-events.ts';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;
let copy: HttpService;

beforeAll(async () => {
  rig = await startRig();
  copy = await rig.start();
});
afterAll(() => rig.stop());

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Opens the stream and collects what comes until it is closed. */
async function listen(on: HttpService, { lastId = '', authorization = rig.bearer.authorization } = {}) {
  let text = '';
  let ended = false;
  const headers = { authorization, ...(lastId && { 'last-event-id': lastId }) };
  const request = get({ port: on.port, path: '/events', headers }, (response) => {
    response.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    response.on('close', () => {
      ended = true;
    });
  });
  request.on('error', () => {
    ended = true;
  });
  const listener = {
    ids: () => [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id ?? ''),
    text: () => text,
    ended: () => ended,
    close: () => void request.destroy(),
  };
  open.push(listener);
  await waitUntil('the stream is open', () => text.includes('retry:'));
  return listener;
}

const move = (id: string, to: string, on?: HttpService) =>
  rig.api(on).post(`/leads/${id}/transitions`).send({ to });

/** An event as it lies in the outbox of a lead that need not be there. */
const madeUp = (): LeadEvent =>
  createEvent('LeadUpdated', {
    ...{ id: createId(), time: new Date(), source: 'pipeline', leadId: createId() },
    data: { version: 2, fields: ['notes'], updated_at: new Date().toISOString(), updated_by: 'key:test' },
  });
const keep = (events: LeadEvent[], overlay: object = {}) =>
  rig.db('messaging.outbox').insert(
    events.map((event) => ({
      ...{ event_id: event.id, type: event.type, routing_key: 'lead.updated', subject: event.subject },
      event: JSON.stringify(event),
      ...overlay,
    })),
  );

describe('the event stream', () => {
  it('tells what another copy has done, without personal data', async () => {
    const here = await listen(rig.service);
    const there = await listen(copy);
    const lead = await rig.lead();
    await move(lead.id, 'contacted', copy);
    await rig.api().patch(`/leads/${lead.id}`).send({ notes: 'hemmelig-notat' });
    const told = (await rig.eventsOf(lead.id)).map(({ event_id }) => event_id);
    expect(told).toHaveLength(2);
    for (const listener of [here, there]) {
      await waitUntil('both are told', () => told.every((id) => listener.ids().includes(id)));
      expect(listener.text()).not.toMatch(new RegExp(`${lead.email}|hemmelig-notat|Kari`));
    }
  });

  it('goes on at another copy where the first has left off, with nothing lost and nothing told twice', async () => {
    const third = await rig.start();
    const first = await listen(third);
    const lead = await rig.lead();
    await move(lead.id, 'contacted');
    const told = await waitUntil('the move is told', async () => {
      const [event] = await rig.eventsOf(lead.id);
      return first.ids().includes(event?.event_id) && event?.event_id;
    });
    await third.stop();
    await waitUntil('the stream has ended', first.ended);
    await move(lead.id, 'qualified');
    await move(lead.id, 'demo_scheduled');
    const second = await listen(copy, { lastId: told });
    await move(lead.id, 'converted');
    const expected = (await rig.eventsOf(lead.id)).map(({ event_id }) => event_id);
    // A sweep may bring a new listener what happened just before it came, of other leads too.
    const ofLead = (ids: string[]) => ids.filter((id) => expected.includes(id));
    await waitUntil('all are told', () => ofLead(second.ids()).length >= 3);
    expect([...ofLead(first.ids()), ...ofLead(second.ids())]).toEqual(expected);
  });

  it('brings back thousands that were missed, in order', async () => {
    const events = Array.from({ length: 2_300 }, madeUp);
    for (let at = 0; at < events.length; at += 500)
      await keep(events.slice(at, at + 500), { published_at: new Date() });
    const listener = await listen(rig.service, { lastId: events[0]?.id ?? '' });
    await waitUntil('all are told', () => listener.ids().includes(events.at(-1)?.id ?? ''));
    const ids = new Set(events.map(({ id }) => id));
    expect(listener.ids().filter((id) => ids.has(id))).toEqual(events.slice(1).map(({ id }) => id));
  });

  it('does not lose an event that was committed after one with a higher number', async () => {
    const [late, early] = [madeUp(), madeUp()];
    // Longer ago than what is looked through for all listeners.
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);
    await keep([late], { published_at: ago(60) });
    await keep([early], { published_at: ago(90) });
    const listener = await listen(copy, { lastId: early.id });
    await waitUntil('the late one is told', () => listener.ids().includes(late.id));
  });

  it('tells what was published while this copy had no queue at the broker', async () => {
    const listener = await listen(copy);
    const event = madeUp();
    await keep([event], { published_at: rig.db.fn.now() });
    await waitUntil('it is told', () => listener.ids().includes(event.id));
    expect(listener.ids().filter((id) => id === event.id)).toHaveLength(1);
  });

  it('asks a client to load anew whose last event is not known any more', async () => {
    for (const lastId of [createId(), 'nonsense']) {
      const listener = await listen(rig.service, { lastId });
      await waitUntil('it is told', () => listener.text().includes('event: resync\n'));
    }
  });

  it('is closed without a key, and without its scope', async () => {
    expect((await rig.anonymous().get('/events')).status).toBe(401);
    const { authorization } = await rig.keyFor(['deliveries:read']);
    expect((await rig.anonymous().get('/events').set({ authorization })).status).toBe(403);
  });
});

/** The stream alone, without a broker and without keys. */
async function serveStream(options?: Parameters<typeof createEventStream>[1]) {
  const stream = createEventStream(createEventLog(rig.db), options);
  const server = createServer(express().get('/events', stream.open)).listen(0, '127.0.0.1');
  // As the services are served.
  Object.assign(server, { httpAllowHalfOpen: true });
  await once(server, 'listening');
  open.push({ close: () => void server.close().closeAllConnections() });
  return { stream, port: (server.address() as AddressInfo).port };
}

describe('a question about the stream alone (HEAD)', () => {
  it('is answered with the headers of the stream, and the next request on the connection after it', async () => {
    const { stream, port } = await serveStream();
    let answers = '';
    const socket = connect(port, '127.0.0.1').on('data', (chunk) => {
      answers += chunk;
    });
    open.push({ close: () => void socket.destroy() });
    socket.write('HEAD /events HTTP/1.1\r\nHost: x\r\n\r\nGET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n');
    await waitUntil('both are answered', () => answers.includes('HTTP/1.1 404'));
    expect(answers).toMatch(/^HTTP\/1\.1 200 OK\r\n(\S.*\r\n)*Content-Type: text\/event-stream\r\n/);
    expect(answers).not.toContain('retry:');
    expect(stream.size()).toBe(0);
  });

  it('needs the same key', async () => {
    expect((await rig.anonymous().head('/events')).status).toBe(401);
    const answer = await rig.api().head('/events');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream']);
  });
});

describe('a client that hangs up', () => {
  it('is forgotten at once, though it has closed its own side only', async () => {
    const { stream, port } = await serveStream({ keepAlive: 600_000 });
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    await waitUntil('it listens', () => stream.size() === 1);
    socket.end();
    await waitUntil('it is forgotten', () => stream.size() === 0);
    socket.destroy();
  });
});

describe('a client whose key is revoked', () => {
  it('is told no more, while one that cannot be asked about just now stays', async () => {
    let answer = new Problem('unavailable');
    let asked = 0;
    const recheck = async () => {
      asked += 1;
      throw answer;
    };
    const { stream, port } = await serveStream({ recheck, keepAlive: 20 });
    const request = get({ port, path: '/events' }, (response) => response.resume());
    request.on('error', () => {});
    await waitUntil('it was asked about', () => asked > 2);
    expect(stream.size()).toBe(1);
    answer = new Problem('unauthorized');
    await waitUntil('it is gone', () => stream.size() === 0);
  });
});

describe('a client that does not read', () => {
  it('is cut off before it costs memory, and the others are told on', async () => {
    const { stream, port } = await serveStream();
    const sockets: Socket[] = [];
    const join = async (reads: boolean) => {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      sockets.push(socket);
      let bytes = 0;
      if (!reads) socket.pause();
      else
        socket.on('data', (chunk) => {
          bytes += chunk.length;
        });
      const before = stream.size();
      socket.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
      await waitUntil('it listens', () => stream.size() === before + 1);
      return () => bytes;
    };
    await join(false);
    const read = await join(true);
    let told = 0;
    await waitUntil('the silent one is cut off', async () => {
      // A few at a time, as the broker brings them.
      for (let n = 0; n < 100; n += 1, told += 1) await stream.publish(madeUp());
      return stream.size() === 1;
    });
    await waitUntil('the other has read all', () => read() > told * 300);
    for (const socket of sockets) socket.destroy();
  });
});
