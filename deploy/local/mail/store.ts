import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHeaders } from './headers.ts';

/** Whom the sender named in the SMTP dialogue, which need not be whom the message names. */
export interface Envelope {
  from: string;
  to: string[];
}

export interface StoredMessage {
  id: string;
  envelope: Envelope;
  subject: string;
  /** ISO 8601, UTC. */
  received_at: string;
}

const ID = /^[0-9a-z]{9}$/;

/**
 * Messages as files: `<id>.eml` is the message as it came, `<id>.json` the rest. The second is put in place last
 * and whole, so a message is there once its JSON is; what a kill left half-written is passed over.
 */
export class MailStore {
  /** Oldest first. */
  #messages: StoredMessage[] = [];
  #revision = 0;
  readonly #folder: string;
  readonly #maxMessages: number;
  #lastStamp = 0;

  private constructor(folder: string, maxMessages: number) {
    this.#folder = folder;
    this.#maxMessages = maxMessages;
  }

  static async open(folder: string, maxMessages: number): Promise<MailStore> {
    // Mails hold personal data: for the owner's eyes only.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const store = new MailStore(folder, maxMessages);
    const names = new Set(await readdir(folder));
    const ids = [...names]
      .map((name) => name.replace(/\.json$/, ''))
      .filter((id) => ID.test(id) && names.has(`${id}.eml`));
    const found = await Promise.all(ids.map((id) => store.#load(id)));
    store.#messages = found.filter((message) => message !== undefined).sort(byId);
    store.#lastStamp = Number.parseInt(store.#messages.at(-1)?.id ?? '0', 36);
    await store.#dropOldest();
    return store;
  }

  /** Goes up with every change. */
  get revision(): number {
    return this.#revision;
  }

  /** Newest first. */
  list(): StoredMessage[] {
    return this.#messages.toReversed();
  }

  find(id: string): StoredMessage | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  /** The message as it came; undefined where the file has gone. */
  raw(id: string): Promise<Buffer | undefined> {
    return readFile(this.#path(id, 'eml')).catch(() => undefined);
  }

  /** Keeps a message and returns its id. When it returns, both files are written. */
  async add(envelope: Envelope, raw: Buffer): Promise<string> {
    const id = this.#nextId();
    const subject = readHeaders(raw).find(({ name }) => name === 'subject')?.value ?? '';
    const message = { id, envelope, subject, received_at: new Date().toISOString() };
    await writeFile(this.#path(id, 'eml'), raw, { mode: 0o600, flag: 'wx' });
    const unfinished = this.#path(id, 'json.new');
    await writeFile(unfinished, `${JSON.stringify(message, null, 2)}\n`, { mode: 0o600 });
    await rename(unfinished, this.#path(id, 'json'));
    // Of two that are written at once, the later may be the first to finish.
    this.#messages = [...this.#messages, message].sort(byId);
    this.#revision += 1;
    await this.#dropOldest();
    return id;
  }

  async clear(): Promise<void> {
    const gone = this.#messages;
    this.#messages = [];
    this.#revision += 1;
    await Promise.all(gone.map(({ id }) => this.#remove(id)));
  }

  /** Milliseconds since 1970 in base 36, pushed on by one where two fall together: ids sort by arrival. */
  #nextId(): string {
    this.#lastStamp = Math.max(Date.now(), this.#lastStamp + 1);
    return this.#lastStamp.toString(36).padStart(9, '0');
  }

  async #load(id: string): Promise<StoredMessage | undefined> {
    try {
      const { envelope, subject, received_at } = JSON.parse(await readFile(this.#path(id, 'json'), 'utf8'));
      const sound =
        [envelope.from, subject, received_at, ...envelope.to].every((value) => typeof value === 'string') &&
        !Number.isNaN(Date.parse(received_at));
      return sound ? { id, envelope, subject, received_at } : undefined;
    } catch {
      return undefined;
    }
  }

  async #dropOldest(): Promise<void> {
    const excess = Math.max(0, this.#messages.length - this.#maxMessages);
    await Promise.all(this.#messages.splice(0, excess).map(({ id }) => this.#remove(id)));
  }

  /** The JSON first: without it the rest is no message. */
  async #remove(id: string): Promise<void> {
    await rm(this.#path(id, 'json'), { force: true });
    await rm(this.#path(id, 'eml'), { force: true });
  }

  #path(id: string, extension: string): string {
    return join(this.#folder, `${id}.${extension}`);
  }
}

function byId(a: StoredMessage, b: StoredMessage): number {
  return a.id < b.id ? -1 : 1;
}
