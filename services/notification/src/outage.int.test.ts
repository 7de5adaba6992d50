import { type SmtpScript, startSmtpScript, waitUntil } from '@meander/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createRig, type Rig } from './testing/rig.ts';

const hour = 3_600_000;
/** Between the first attempts of the mails, and between the clocks of test and database, lies less. */
const margin = 60_000;

let rig: Rig;
let smtp: SmtpScript;

beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.drop());
beforeEach(async () => {
  smtp = await startSmtpScript();
});
afterEach(async () => {
  await rig.stopAll();
  await smtp.stop();
  await rig.stack.db('notification.deliveries').delete();
});

const waiting = () =>
  rig.stack.db('notification.deliveries').whereNot({ state: 'sent' }).orderBy('next_attempt_at');
const copies = (address: string) => smtp.accepted.filter(({ to }) => to.includes(address)).length;

it('72 hours of temporary refusals lose nothing and hammer nobody', async () => {
  let offset = 0;
  const offers = new Map<string, number>();
  let isOver = false;
  smtp.act = (stage, { line }) => {
    if (stage !== 'recipient') return undefined;
    offers.set(line, (offers.get(line) ?? 0) + 1);
    return isOver ? undefined : { code: 451, text: '4.3.2 System not accepting messages' };
  };
  const service = await rig.start({ SMTP_URL: smtp.url }, { clockOffset: () => offset });
  const leads = await Promise.all(Array.from({ length: 2 }, () => rig.book()));
  await waitUntil('each was tried', async () => {
    const all = await waiting();
    return all.length === 2 && all.every(({ state }) => state === 'retrying');
  });

  // The clock leaps to each next attempt; another start looks at once instead of at its next poll.
  await rig.stop(service);
  for (let leap = 0; leap < 100; leap += 1) {
    const [next] = await waiting();
    if (!next) break;
    offset = Math.max(offset, next.next_attempt_at.getTime() - Date.now() + 50);
    isOver = offset >= 71 * hour;
    const sender = await rig.start({ SMTP_URL: smtp.url }, { clockOffset: () => offset });
    await waitUntil('it was tried', async () => {
      const again = await rig.stack.db('notification.deliveries').where({ id: next.id }).first();
      return again.attempts > next.attempts && again.state !== 'sending';
    });
    await rig.stop(sender);
  }
  expect(offset).toBeLessThan(72 * hour + margin);
  for (const lead of leads) {
    expect(await rig.deliveryOf(lead.id)).toMatchObject({ state: 'sent' });
    expect(copies(lead.email)).toBe(1);
  }
  for (const count of offers.values()) {
    expect(count).toBeGreaterThan(9);
    expect(count).toBeLessThanOrEqual(16);
  }
});

it('72 hours without a relay cost no attempt, and every mail is sent once when it is back', async () => {
  const began = performance.now();
  /** A day takes one second, until the outage is over and the next probe due. */
  const speed = (24 * hour) / 1_000;
  const end = 72 * hour;
  const clockOffset = () => Math.min((performance.now() - began) * speed, end + hour / 10);
  smtp.act = (stage) => (stage === 'greeting' && clockOffset() < end ? 'close' : undefined);
  await rig.start({ SMTP_URL: smtp.url }, { clockOffset });
  const leads = await Promise.all(Array.from({ length: 10 }, () => rig.book()));
  await waitUntil('all are sent', () => smtp.accepted.length === leads.length);
  for (const lead of leads) {
    expect(copies(lead.email)).toBe(1);
    expect(await rig.until(lead.id, 'is settled', ({ state }) => state === 'sent')).toMatchObject({
      attempts: 1,
    });
  }
  // The first mails in hand, then probes one at a time.
  expect(smtp.connections.length).toBeLessThan(60);
});

it('a settlement that the database has to refuse for a while costs no second mail', async () => {
  const { db } = rig.stack;
  const waits = async () => {
    const { rows } = await db.raw(`
      SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE NOT granted AND application_name = 'meander-notification' AND datname = current_database()`);
    return rows.length > 0;
  };
  const holder = await db.transaction();
  smtp.act = async (stage) => {
    if (stage === 'message') await holder('leads').forUpdate();
    return undefined;
  };
  await rig.start({ SMTP_URL: smtp.url });
  const lead = await rig.book();
  await waitUntil('the mail is taken, and its settlement waits', waits);
  await waitUntil('it was given up', async () => !(await waits()));
  await holder.rollback();
  await rig.until(lead.id, 'is settled', ({ state }) => state === 'sent');
  expect(copies(lead.email)).toBe(1);
});
