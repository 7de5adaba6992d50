import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { consuming } from './contract/consuming.ts';
import { deadLettering } from './contract/dead-lettering.ts';
import { publishing } from './contract/publishing.ts';
import { queues } from './contract/queues.ts';
import { refusals } from './contract/refusals.ts';
import { returning } from './contract/returning.ts';
import { Rig } from './contract/rig.ts';
import { routing } from './contract/routing.ts';

/** A broker under test: where it is, and how to leave it. */
export interface Subject {
  url: string;
  close(): Promise<void>;
}

const parts = { routing, publishing, consuming, returning, queues, 'dead letters': deadLettering, refusals };

/**
 * Registers the tests of what our services rely on in a message broker, with unmodified amqplib. Run over the
 * embedded broker and over RabbitMQ, so that the one cannot drift from the other. What is made is named for
 * this run and deleted after each test.
 */
export function brokerContract(name: string, open: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject;
    let rig: Rig;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(async () => subject.close());
    beforeEach(() => {
      rig = new Rig(subject.url);
    });
    afterEach(async () => rig.cleanUp());
    for (const [part, register] of Object.entries(parts)) describe(part, () => register(() => rig));
  });
}
