import type { Locale } from '@meander/lead';
import { backoffDelay, databaseFault, type Logger, pause } from '@meander/runtime';
import {
  attributes,
  count,
  linkTo,
  recordSubmissionToSent,
  restoreTraceContext,
  withSpan,
} from '@meander/telemetry';
import { type ClaimedDelivery, supersededBy, type Template } from '../domain/delivery.ts';
import {
  calendarOf,
  localeOf,
  type Mail,
  type MailSettings,
  type MailValues,
  mailboxesOf,
  mailValues,
  type RenderedMail,
} from '../domain/mail.ts';
import { type Outcome, silentOutcome } from '../domain/outcome.ts';
import { decideRetry, type Verdict } from '../domain/retry-policy.ts';

/** The rows that wait to be sent: any number of senders may claim from them side by side. */
export interface DeliveryQueue {
  /**
   * Claims at most so many that are due. Each is this sender's until its lease runs out; what it still has in
   * hand it does not claim again, although the lease may have run out while the database was away.
   */
  claim(most: number, inHand: readonly ClaimedDelivery[]): Promise<ClaimedDelivery[]>;
  /** Holds on to what is still in hand. */
  renew(deliveries: readonly ClaimedDelivery[]): Promise<void>;
  /**
   * Writes what became of an attempt, stamps the lead, and tells it as an event, all or nothing. A sender that
   * lost its lease meanwhile changes nothing, unless the server took the mail: that is true whoever holds it.
   */
  settle(delivery: ClaimedDelivery, outcome: Outcome, verdict: Verdict): Promise<void>;
  /** Gives up a delivery that must not be sent any more. */
  suppress(delivery: ClaimedDelivery): Promise<void>;
}

/** The way to the relay. */
export interface Mailer {
  /** Sends one mail to one recipient; the outcome says how it went. Never throws; ends within its deadline. */
  send(mail: Mail, stop: AbortSignal): Promise<Outcome>;
}

export interface SendNeeds {
  queue: DeliveryQueue;
  mailer: Mailer;
  render: (template: Template, locale: Locale, values: MailValues) => RenderedMail;
  settings: MailSettings;
  now: () => Date;
  random: () => number;
  logger: Logger;
}

/** An attempt that comes later than this after the booking is a trace of its own, linked to the first; milliseconds. */
const sameTraceFor = 60_000;

/** The calendar part is a courtesy: where it cannot be made, the mail goes without. */
function tryCalendar(
  { settings, now, logger }: SendNeeds,
  delivery: ClaimedDelivery,
  rendered: RenderedMail,
): Mail['calendar'] {
  try {
    return calendarOf(delivery, rendered, settings, now());
  } catch (err) {
    logger.error({ err, delivery_id: delivery.id }, 'calendar part could not be made; mail goes without');
    return undefined;
  }
}

/** Renders and sends. What goes wrong on our side of the wire is a fault of ours, and fails nobody's mail. */
async function attempt(needs: SendNeeds, delivery: ClaimedDelivery, stop: AbortSignal): Promise<Outcome> {
  const { settings, logger } = needs;
  try {
    const rendered = needs.render(
      delivery.template,
      localeOf(delivery, settings),
      mailValues(delivery, settings),
    );
    const calendar = tryCalendar(needs, delivery, rendered);
    const mail = {
      ...rendered,
      ...mailboxesOf(delivery, settings),
      messageId: delivery.message_id,
      calendar,
    };
    return await needs.mailer.send(mail, stop);
  } catch (err) {
    logger.error({ err, delivery_id: delivery.id }, 'mail could not be made');
    return silentOutcome('own_fault');
  }
}

function judge({ random }: SendNeeds, delivery: ClaimedDelivery, outcome: Outcome): Verdict {
  const attempts = {
    counted: delivery.attempts + 1,
    unknown: delivery.unknown_outcomes + (outcome.kind === 'unknown' ? 1 : 0),
    sinceFirstMs: delivery.first_attempt_age_ms ?? 0,
  };
  return decideRetry(outcome, attempts, random());
}

/** Says in the log what somebody may have to look at; never what the server said, which may name the recipient. */
function report(logger: Logger, delivery: ClaimedDelivery, outcome: Outcome, verdict: Verdict): void {
  const about = {
    delivery_id: delivery.id,
    template: delivery.template,
    outcome: outcome.kind,
    code: outcome.code,
    attempts: delivery.attempts + (verdict.counts ? 1 : 0),
  };
  if (outcome.kind === 'own_fault' && !outcome.pauses)
    logger.error(about, 'mail not sent for a fault of our own');
  else if (verdict.state === 'failed') logger.warn(about, 'mail failed');
  else if (outcome.kind === 'unknown')
    logger.warn(about, 'outcome of a mail is unknown, sending one more copy');
  else if (verdict.state === 'retrying') logger.info(about, 'mail will be tried again');
}

/** Where the attempt belongs: the booking's own trace at once, a new one linked to it later. */
function traceOf(delivery: ClaimedDelivery) {
  if (delivery.attempts === 0 && delivery.age_ms < sameTraceFor) {
    return { parent: restoreTraceContext(delivery) };
  }
  const first = linkTo(delivery);
  return { parent: restoreTraceContext(undefined), links: first ? [{ context: first }] : [] };
}

/** A copy that was asked for later says nothing of how long a booking waits for its mail. */
const isFirstConfirmation = ({ template, confirmation_sent_at, last_booked_at }: ClaimedDelivery) =>
  template === 'confirmation' && (confirmation_sent_at === null || confirmation_sent_at < last_booked_at);

/** Between tries to settle while the database is away, in milliseconds: short, since a lease runs out meanwhile. */
const settlePause = { first: 50, most: 500 };

/**
 * Settles, and tries for as long as the database is away and nobody stops it. A mail that the server took and nobody
 * remembers goes out again; so what the server said is left out where the database refuses the row with it.
 */
async function settle(
  { queue, logger }: SendNeeds,
  delivery: ClaimedDelivery,
  { outcome, verdict }: { outcome: Outcome; verdict: Verdict },
  stop: AbortSignal,
): Promise<void> {
  let kept = outcome;
  for (let tries = 1; ; tries += 1) {
    try {
      await queue.settle(delivery, kept, verdict);
      return;
    } catch (err) {
      if (databaseFault(err) === 'refused' && (kept.code !== null || kept.response !== null)) {
        logger.error({ err, delivery_id: delivery.id }, 'answer of the mail server not kept');
        kept = { ...outcome, code: null, response: null };
        continue;
      }
      if (stop.aborted || databaseFault(err) !== 'unavailable') throw err;
      if (tries === 1)
        logger.warn({ err, delivery_id: delivery.id }, 'delivery not settled yet, trying again');
      await pause(backoffDelay(tries, settlePause), stop);
    }
  }
}

/**
 * Sends one claimed delivery, records what became of it, and tells the outcome.
 *
 * @param attempted called when it needs no connection any more, before it is recorded; not for one that is not sent at all
 */
export function sendDelivery(
  needs: SendNeeds,
  delivery: ClaimedDelivery,
  stop: AbortSignal,
  attempted: () => void,
): Promise<Outcome | undefined> {
  const { queue, logger } = needs;
  const { id, template } = delivery;
  return withSpan(
    `deliver ${template}`,
    {
      ...traceOf(delivery),
      attributes: {
        [attributes.deliveryId]: id,
        [attributes.leadId]: delivery.lead_id,
        [attributes.template]: template,
      },
    },
    async (span) => {
      const reason = supersededBy(delivery, needs.now());
      if (reason !== undefined) {
        await queue.suppress(delivery);
        count.delivery({ template, state: 'suppressed' });
        logger.info({ delivery_id: id, template, reason }, 'mail suppressed');
        return undefined;
      }
      const outcome = await attempt(needs, delivery, stop);
      attempted();
      const verdict = judge(needs, delivery, outcome);
      await settle(needs, delivery, { outcome, verdict }, stop);
      span.setAttribute(attributes.deliveryState, verdict.state);
      if (!delivery.synthetic) count.delivery({ template, state: verdict.state, outcome: outcome.kind });
      report(logger, delivery, outcome, verdict);
      if (verdict.state === 'sent' && isFirstConfirmation(delivery) && !delivery.synthetic) {
        recordSubmissionToSent((needs.now().getTime() - delivery.last_booked_at.getTime()) / 1000);
      }
      return outcome;
    },
  );
}
