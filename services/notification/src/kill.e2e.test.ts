import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodeArguments } from '@meander/runtime';
import { type SmtpScript, startSmtpScript, waitUntil } from '@meander/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mostInHand } from './handlers/send-loop.ts';
import { createRig, type Rig } from './testing/rig.ts';

/** The whole of it is KILLS=20 MAILS=200; a part of it says the same sooner. */
const kills = Number(process.env.KILLS ?? 2);
const mails = Number(process.env.MAILS ?? 30);

/** Few, so that the mails of a killed sender are few. */
const connections = 4;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const senders = new Set<ChildProcess>();

let rig: Rig;
let smtp: SmtpScript;

beforeAll(async () => {
  [rig, smtp] = await Promise.all([createRig(), startSmtpScript()]);
  smtp.act = async (stage) => {
    if (stage === 'message') await delay(100);
    return undefined;
  };
});

afterAll(async () => {
  for (const sender of senders) sender.kill('SIGKILL');
  await smtp?.stop();
  await rig?.drop();
});

/** A sender as a process of its own, as in production. */
function startSender(): ChildProcess {
  const sender = spawn(process.execPath, [...nodeArguments, 'services/notification/src/main.ts'], {
    cwd: root,
    env: { ...process.env, ...rig.stack.env, SMTP_URL: smtp.url, SMTP_CONNECTIONS: String(connections) },
    stdio: 'ignore',
  });
  senders.add(sender);
  return sender;
}

async function killHard(sender: ChildProcess): Promise<void> {
  sender.kill('SIGKILL');
  if (sender.signalCode === null && sender.exitCode === null) await once(sender, 'exit');
  senders.delete(sender);
}

const unsent = async () =>
  Number((await rig.stack.db('leads').whereNull('confirmation_sent_at').count())[0]?.count);

it('SMT-17 a sender that is killed again and again loses no mail, and few arrive twice, under one Message-ID', async () => {
  const leads = await Promise.all(Array.from({ length: mails }, () => rig.book()));
  // The next one is started before the last one dies, so that two of them work side by side.
  let current = startSender();
  for (let kill = 1; kill <= kills; kill += 1) {
    const next = startSender();
    const enough = Math.floor((mails * kill) / (kills + 1));
    await waitUntil(`${enough} mails are on their way`, () => smtp.received.length >= enough, 60);
    await killHard(current);
    current = next;
  }
  const lastKill = performance.now();
  await waitUntil('every lead has its confirmation', async () => (await unsent()) === 0, 60);
  const takeover = performance.now() - lastKill;

  const copies = leads.map(({ email }) => smtp.received.filter(({ to }) => to.includes(email)));
  const duplicates = copies.reduce((sum, of) => sum + of.length - 1, 0);
  console.log(
    `${kills} kills under ${mails} mails: ${duplicates} duplicates, ${Math.round(takeover)} ms from the last kill to the last stamp`,
  );
  expect(copies.filter((of) => of.length === 0)).toEqual([]);
  expect(duplicates).toBeLessThanOrEqual(kills * mostInHand(connections));
  for (const of of copies) {
    expect(new Set(of.map(({ source }) => /^Message-ID: (.+)$/im.exec(source)?.[1])).size).toBe(1);
  }
  expect(takeover).toBeLessThan(20_000);
});
