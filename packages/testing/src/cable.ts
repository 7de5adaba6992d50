import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A TCP cable between a service and what it needs, which can be pulled, frozen, slowed and mended. */
export interface Cable {
  /** The target, reached through the cable. */
  url: string;
  /** Resets every connection without a word, and refuses new ones. */
  pull(): void;
  /** Resets every connection once; new ones work. */
  cut(): void;
  /** Nothing moves any more, and nobody is told: old connections and new ones hang. */
  freeze(): void;
  /** The connections of now are dead without either end knowing; new ones work. */
  loseTrack(): void;
  /** Each piece takes so many milliseconds longer. */
  slow(milliseconds: number): void;
  /** Whatever is sent arrives in pieces of at most so many octets. */
  slice(octets: number): void;
  /** Undoes all of it; what was frozen moves on. */
  plugIn(): void;
  remove(): Promise<void>;
}

interface Line {
  ends: readonly [Socket, Socket];
  /** Carries nothing, ever again. */
  dead: boolean;
}

/** What the cable does to all that passes. */
class Weather {
  pulled = false;
  latency = 0;
  octets = Number.POSITIVE_INFINITY;
  #frozen: PromiseWithResolvers<void> | undefined;

  freeze(): void {
    this.#frozen ??= Promise.withResolvers<void>();
  }

  clear(): void {
    Object.assign(this, { pulled: false, latency: 0, octets: Number.POSITIVE_INFINITY });
    this.#frozen?.resolve();
    this.#frozen = undefined;
  }

  /** Resolves when something may move. */
  async passable(): Promise<void> {
    while (this.#frozen) await this.#frozen.promise;
    if (this.latency > 0) await delay(this.latency);
  }
}

/** Writes a piece, and waits where the other end does not read. */
async function hand(to: Socket, piece: Buffer): Promise<void> {
  if (to.destroyed || to.write(piece)) return;
  await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => {});
}

async function* pieces(chunk: Buffer, octets: number): AsyncGenerator<Buffer> {
  if (chunk.length <= octets) yield chunk;
  else
    for (let start = 0; start < chunk.length; start += octets) {
      yield chunk.subarray(start, start + octets);
      // So that each is a segment of its own.
      await delay(1);
    }
}

/** Carries one way, in order, until the sender ends; how it ended is told to the other side. */
async function carry(line: Line, from: Socket, to: Socket, weather: Weather): Promise<void> {
  let failed = false;
  try {
    for await (const chunk of from) {
      await weather.passable();
      if (line.dead) continue;
      for await (const piece of pieces(chunk as Buffer, weather.octets)) await hand(to, piece);
    }
  } catch {
    failed = true;
  }
  await weather.passable();
  if (line.dead) return;
  if (failed) to.resetAndDestroy();
  else to.end();
}

/** Lays a cable to the host and port of a URL. */
export async function layCable(target: string): Promise<Cable> {
  const { hostname, port } = new URL(target);
  const weather = new Weather();
  const lines = new Set<Line>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    client.on('error', () => {});
    if (weather.pulled) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: Number(port), host: hostname, noDelay: true, allowHalfOpen: true });
    upstream.on('error', () => {});
    const line: Line = { ends: [client, upstream], dead: false };
    lines.add(line);
    let open = 2;
    for (const end of line.ends)
      end.on('close', () => {
        open -= 1;
        if (open === 0) lines.delete(line);
      });
    void carry(line, client, upstream, weather);
    void carry(line, upstream, client, weather);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const { ends } of lines) for (const end of ends) end.resetAndDestroy();
  };
  return {
    url: url.href,
    pull() {
      weather.pulled = true;
      cut();
    },
    cut,
    freeze: () => weather.freeze(),
    loseTrack() {
      for (const line of lines) line.dead = true;
    },
    slow(milliseconds) {
      weather.latency = milliseconds;
    },
    slice(octets) {
      weather.octets = octets;
    },
    plugIn: () => weather.clear(),
    async remove() {
      const closed = once(server, 'close');
      server.close();
      weather.clear();
      cut();
      await closed;
    },
  };
}
