import type { Logger } from '@meander/runtime';
import { attributes, count, recordSubmissionToSent, restoreTraceContext, withSpan } from '@meander/telemetry';
import type { ClaimedDelivery, DeliveryQueue } from '../adapters/delivery-queue.ts';
import type { Mailer } from '../adapters/mailer.ts';
import type { MailValues, Renderer } from '../adapters/templates.ts';
import type { Outcome } from '../domain/delivery.ts';
import { decideRetry } from '../domain/retry-policy.ts';

export interface SendNeeds {
  queue: DeliveryQueue;
  mailer: Mailer;
  render: Renderer;
  publicBaseUrl: string;
  salesEmail: string | undefined;
  now: () => Date;
  random: () => number;
  logger: Logger;
}

function mailValues(delivery: ClaimedDelivery, publicBaseUrl: string): MailValues {
  const { first_name, last_name, organization_name, role_title, email, phone, booking_count } = delivery;
  const base = `${publicBaseUrl.replace(/\/+$/, '')}/`;
  const confirmation_url = new URL(`confirmation/${delivery.masked_ref}`, base).href;
  return {
    first_name,
    last_name,
    organization_name,
    role_title,
    email,
    phone,
    booking_count,
    confirmation_url,
  };
}

/** Renders and sends. What goes wrong on our side of the wire is a fault of ours, and fails nobody's mail. */
async function attempt(needs: SendNeeds, delivery: ClaimedDelivery): Promise<Outcome> {
  const { template, locale } = delivery;
  const toSales = template === 'sales_alert';
  try {
    const rendered = needs.render(template, locale ?? 'nb', mailValues(delivery, needs.publicBaseUrl));
    return await needs.mailer.send({
      ...rendered,
      messageId: delivery.message_id,
      to: toSales
        ? { name: 'Meander', address: needs.salesEmail ?? '' }
        : { name: `${delivery.first_name} ${delivery.last_name}`, address: delivery.email },
      replyTo: toSales ? delivery.email : needs.salesEmail,
    });
  } catch (err) {
    needs.logger.error({ err, delivery_id: delivery.id }, 'mail could not be made');
    return { kind: 'own_fault', code: null };
  }
}

/** Sends one claimed delivery and records what became of it. */
export function sendDelivery(needs: SendNeeds, delivery: ClaimedDelivery): Promise<void> {
  return withSpan(
    `deliver ${delivery.template}`,
    {
      parent: restoreTraceContext(delivery),
      attributes: { [attributes.deliveryId]: delivery.id, [attributes.leadId]: delivery.lead_id },
    },
    async (span) => {
      const outcome = await attempt(needs, delivery);
      const verdict = decideRetry(outcome, delivery.attempts, delivery.age_ms, needs.random());
      await needs.queue.settle(delivery, outcome, verdict);
      span.setAttribute(attributes.deliveryState, verdict.state);
      count.delivery({ template: delivery.template, state: verdict.state });
      if (verdict.state === 'sent' && delivery.template === 'confirmation') {
        recordSubmissionToSent((needs.now().getTime() - delivery.last_booked_at.getTime()) / 1000);
      }
    },
  );
}
