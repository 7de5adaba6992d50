import { type SmtpAct, type SmtpStage, waitUntil } from '@meander/testing';
import type { Fault, Row } from '../fault.ts';
import { refusedAddress } from '../refused.ts';

/** Misbehaves at the first so many times that a stage is reached, and not afterwards. */
function firstTimes(most: number, stage: SmtpStage, act: SmtpAct) {
  let times = 0;
  return {
    act: (reached: SmtpStage): SmtpAct => {
      if (reached !== stage || times >= most) return undefined;
      times += 1;
      return act;
    },
    times: () => times,
  };
}

/** Lets the mail server misbehave until it has done so often enough. */
async function misbehave(row: Row, stage: SmtpStage, act: SmtpAct, most: number): Promise<void> {
  const { smtp } = row.world;
  const script = firstTimes(most, stage, act);
  row.heal(() => {
    smtp.act = () => undefined;
  });
  smtp.act = script.act;
  await waitUntil(`it has misbehaved at ${stage}`, () => script.times() >= most, 30);
  row.note(`${most}×`);
}

/** After the final dot it may be silent for ten minutes: too long to be waited for here. */
const stalling: readonly SmtpStage[] = ['greeting', 'hello', 'sender', 'recipient', 'data'];

export const mailFaults: readonly Fault[] = [
  {
    name: 'mail-greylisted',
    what: 'The mail server answers 450 to recipients at first: tried again later, and delivered once.',
    cases: ['SMT-01'],
    inject: (row) => misbehave(row, 'recipient', { code: 450, text: '4.2.0 Greylisted' }, 5),
  },
  {
    name: 'mail-refused-for-good',
    what: 'The mail server answers 550 for a mailbox: one attempt, failed, and the lead stays.',
    cases: ['SMT-03'],
    async inject({ world: { smtp, database }, load, heal, expect }) {
      heal(() => {
        smtp.act = () => undefined;
      });
      smtp.act = (stage, { line }) =>
        stage === 'recipient' && line.includes(refusedAddress)
          ? { code: 550, text: '5.1.1 User unknown' }
          : undefined;
      const bookings = await Promise.all(
        [1, 2, 3].map((number) => load.book(`${refusedAddress}${number}.${Date.now()}@example.com`)),
      );
      for (const { email } of bookings) {
        const { attempts, last_response_code: code } = await waitUntil(
          'its delivery has failed',
          async () => {
            const [failed] = await database
              .db<{ attempts: number; last_response_code: number }>('notification.deliveries')
              .join('leads', 'leads.id', 'lead_id')
              .where({ email, state: 'failed' })
              .select('attempts', 'last_response_code');
            return failed;
          },
        );
        expect(attempts === 1 && code === 550, `${attempts} attempts, code ${code}`);
      }
    },
  },
  {
    name: 'mail-busy',
    what: 'The mail server answers 421 and 451 after the message.',
    inject: (row) => misbehave(row, 'message', { code: 451, text: '4.3.0 Try again later' }, 5),
  },
  {
    name: 'mail-stalls',
    what: 'The mail server falls silent once at each stage before the final dot; other mails pass by, and the deadline ends each wait.',
    cases: ['SMT-09'],
    async inject({ world: { smtp }, heal, note }) {
      const left = new Set(stalling);
      heal(() => {
        smtp.act = () => undefined;
      });
      smtp.act = (stage) => (left.delete(stage) ? 'stall' : undefined);
      // One connection after the other: those that are open do not greet again.
      await waitUntil('it was silent at each stage', () => left.size <= 2, 30);
      note(`${stalling.length - left.size} stages`);
    },
  },
  {
    name: 'mail-reset-before-dot',
    what: 'The connection is reset in the middle of the message: nothing was taken, so it is sent again.',
    cases: ['SMT-07'],
    async inject({ world: { smtp }, heal, hold }) {
      heal(() => {
        smtp.resetBodyAfter = undefined;
      });
      smtp.resetBodyAfter = 200;
      await hold(1.5);
    },
  },
  {
    name: 'mail-reset-after-dot',
    what: 'The connection is reset after the final dot: one more copy at most, under the same Message-ID.',
    cases: ['SMT-05'],
    inject: (row) => misbehave(row, 'message', 'reset', 4),
  },
  {
    name: 'mail-drips',
    what: 'The mail server gives an answer letter by letter, one a second; other mails pass by.',
    async inject(row) {
      await misbehave(row, 'message', { code: 250, text: '2.0.0 Ok', dripMs: 1_000 }, 2);
      // The script counts a mail as taken only where it answers at once: this one was.
      row.allowCopies(2);
    },
  },
  {
    name: 'mail-away',
    what: 'The mail server is away: sending pauses, no attempt is lost, and it begins again by degrees.',
    cases: ['SMT-11'],
    async inject({ world: { cables }, heal, hold }) {
      heal(() => cables.mail.plugIn());
      cables.mail.pull();
      await hold(4);
    },
  },
  {
    name: 'mail-line-slow',
    what: 'The line to the mail server is slow (100 ms a piece).',
    async inject({ world: { cables }, heal, hold }) {
      heal(() => cables.mail.plugIn());
      cables.mail.slow(100);
      await hold(2);
    },
  },
];
