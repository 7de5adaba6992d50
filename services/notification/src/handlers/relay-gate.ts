import type { Dependency, Logger } from '@meander/runtime';
import { count } from '@meander/telemetry';
import type { Outcome, PauseReason } from '../domain/outcome.ts';
import {
  afterAnswer,
  afterFault,
  afterMail,
  allowedByNow,
  healthy,
  type RelayHealth,
} from '../domain/relay-health.ts';

/** Asks the relay for a session, login included, and sends nothing. Undefined where it would take mail. */
export interface RelayProbe {
  probe(): Promise<Outcome | undefined>;
}

/**
 * Holds mail back while the relay is away or refuses us, so that an outage costs no mail an attempt, and lets
 * it out slowly afterwards. Each copy of the service has its own.
 */
export interface RelayGate {
  /** How many more mails may be begun now. */
  room(): number;
  /** So many have been begun. */
  begun(mails: number): void;
  /** What became of a mail. */
  report(outcome: Outcome | undefined): void;
  /**
   * Asks the relay before there is a mail, so that readiness tells of one that is away. It holds nothing back: a mail that
   * is due decides by itself, at once. Never throws.
   */
  probeFirst(): Promise<void>;
  /** Asks the relay whether it is back, if it is time to; true where it has just come back. Never throws. */
  probeIfDue(): Promise<boolean>;
  /** Readiness: whether the relay answers, and whether it takes what we are. */
  dependencies: Dependency[];
}

const advice: Readonly<Record<PauseReason, string>> = {
  away: 'mail relay is away, sending pauses',
  refused: 'mail relay refuses us, sending pauses: check MAIL_FROM and the relay',
  login: 'mail relay refuses our login, sending pauses: check SMTP_URL',
  tls: 'mail relay cannot be trusted (TLS), sending pauses: check its certificate, SMTP_CA_FILE and the host in SMTP_URL',
  dns: 'mail relay has no address (DNS), sending pauses: check SMTP_URL',
};

export function createRelayGate({
  relay,
  now,
  random,
  logger,
}: {
  relay: RelayProbe;
  /** Unix milliseconds. */
  now: () => number;
  random: () => number;
  logger: Logger;
}): RelayGate {
  let health: RelayHealth = healthy;
  /** What was found before there was a mail. */
  let atFirst: RelayHealth = healthy;
  let begunSince = 0;
  let probing = false;

  /** The reason that somebody was last told of, until it is over. */
  let alerted: PauseReason | undefined;

  /** One alert an outage, and one more where the reason changes: a fault of ours is an error, an outage a warning. */
  const alert = (reason: PauseReason) => {
    if (alerted === reason) return;
    alerted = reason;
    count.mailPause({ reason });
    logger[reason === 'away' ? 'warn' : 'error']({ reason }, advice[reason]);
  };
  const allClear = () => {
    if (alerted === undefined) return;
    logger.info({ reason: alerted }, 'mail relay is back, sending goes on');
    alerted = undefined;
  };
  const fault = (reason: PauseReason, probe: boolean) => {
    health = afterFault(health, { reason, probe, now: now(), random: random() });
    alert(reason);
  };
  const answered = () => {
    health = afterAnswer(health, now());
    begunSince = 0;
    // A probe sends no mail, so it cannot tell whether our sender address is accepted now.
    if (alerted !== 'refused') allClear();
  };

  const isUp = (down: (reason: PauseReason) => boolean) => async () => {
    const found = health.kind === 'paused' ? health : atFirst;
    if (found.kind === 'paused' && down(found.reason)) throw new Error(found.reason);
  };
  const probeFirst = async () => {
    const outcome = await relay.probe();
    const reason = outcome && (outcome.pauses ?? 'away');
    atFirst = reason ? afterFault(atFirst, { reason, probe: true, now: now(), random: random() }) : healthy;
  };
  const isDue = (found: RelayHealth) => found.kind === 'paused' && now() >= found.probeAt;

  return {
    room: () => Math.max(0, allowedByNow(health, now()) - begunSince),
    begun(mails) {
      begunSince += mails;
    },
    report(outcome) {
      if (outcome) atFirst = healthy;
      if (outcome?.pauses) fault(outcome.pauses, false);
      if (outcome?.kind !== 'accepted') return;
      health = afterMail(health);
      if (health.kind === 'up') allClear();
    },
    probeFirst,
    async probeIfDue() {
      if (probing || !(isDue(health) || isDue(atFirst))) return false;
      probing = true;
      try {
        if (!isDue(health)) {
          await probeFirst();
          return false;
        }
        const outcome = await relay.probe();
        if (outcome) fault(outcome.pauses ?? 'away', true);
        else answered();
        return outcome === undefined;
      } finally {
        probing = false;
      }
    },
    dependencies: [
      { name: 'mail', required: false, check: isUp((reason) => reason === 'away' || reason === 'dns') },
      {
        name: 'mail_access',
        required: false,
        check: isUp((reason) => reason !== 'away' && reason !== 'dns'),
      },
    ],
  };
}
