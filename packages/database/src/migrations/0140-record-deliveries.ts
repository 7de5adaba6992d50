import type { Knex } from 'knex';

/** A mailbox as its owner sees it, by the expression of `idx_lead_mailbox`. */
const mailboxOf = (email: string) => `regexp_replace(${email}, '\\+[^@]*@', '@')`;

/**
 * What notification does with a batch of events, in one trip: a lone booking waits for each. The statements stay
 * apart, since each sees what was committed before it: whoever waited for the lock of a mailbox counts what the one
 * before has written.
 */
export async function up(trx: Knex): Promise<void> {
  /**
   * Leads that must not be confirmed more than so often: what their mailbox has had within the span, and what is still
   * on its way to it. The leads of the mailbox come first (OFFSET keeps the planner from turning it round): on tables
   * that have no statistics yet it reads all deliveries.
   */
  const confirmationsOfMailbox = `
    SELECT count(*)
    FROM (SELECT id FROM public.leads AS other
      WHERE ${mailboxOf('other.email')} = ${mailboxOf('lead.email')} OFFSET 0) AS sibling
    JOIN LATERAL (SELECT * FROM notification.deliveries AS delivery
      WHERE delivery.lead_id = sibling.id AND delivery.template = 'confirmation' OFFSET 0) AS earlier ON true
    WHERE earlier.state IN ('pending', 'sending', 'retrying')
      OR (earlier.state = 'sent' OR earlier.last_outcome = 'unknown') AND earlier.updated_at > clock_timestamp() - cap_span`;
  /** The confirmations of the same mailbox that come before this one in the same call. */
  const confirmationsBefore = `
    row_number() OVER (PARTITION BY mail.template, ${mailboxOf('lead.email')} ORDER BY mail.ord) - 1`;

  await trx.raw(`
    CREATE FUNCTION notification.record_deliveries(
      consumer_name text, event_ids uuid[], mails json, cap_most int, cap_span interval
    ) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      new_ids uuid[];
      lead_ids uuid[];
      confirmed_ids uuid[];
    BEGIN
      -- In one order, so that two copies that meet the same events cannot wait for each other.
      WITH remembered AS (
        INSERT INTO messaging.inbox (consumer, event_id)
        SELECT consumer_name, event_id FROM unnest(event_ids) AS event_id ORDER BY event_id
        ON CONFLICT DO NOTHING RETURNING event_id
      )
      SELECT array_agg(event_id) INTO new_ids FROM remembered;
      SELECT array_agg(lead_id), array_agg(lead_id) FILTER (WHERE template = 'confirmation')
      INTO lead_ids, confirmed_ids
      FROM json_to_recordset(mails) AS mail (event_id uuid, lead_id uuid, template text)
      WHERE event_id = ANY (new_ids);
      IF lead_ids IS NULL THEN RETURN; END IF;

      -- Bookings for one mailbox are counted one after the other, by every copy of the service.
      PERFORM pg_advisory_xact_lock(hashtext('confirmation cap'), mailbox)
      FROM (SELECT DISTINCT hashtext(${mailboxOf('email')}) AS mailbox FROM public.leads
        WHERE id = ANY (confirmed_ids) ORDER BY mailbox) AS mailboxes;

      -- A lead that was erased meanwhile has no row, and gets no mail.
      INSERT INTO notification.deliveries
        (id, event_id, lead_id, template, message_id, demo_sequence, traceparent, tracestate, state)
      SELECT mail.id, event_id, lead.id, template, message_id, demo_sequence, traceparent, tracestate,
        CASE WHEN template = 'confirmation' AND (${confirmationsOfMailbox}) + ${confirmationsBefore} >= cap_most
          THEN 'suppressed' ELSE 'pending' END
      FROM json_to_recordset(mails) AS mail (ord int, id uuid, event_id uuid, lead_id uuid, template text,
        message_id text, demo_sequence int, traceparent text, tracestate text)
      JOIN public.leads AS lead ON lead.id = mail.lead_id AND lead.id = ANY (lead_ids)
      WHERE event_id = ANY (new_ids)
        -- Sales is not alarmed by a lead that nobody is.
        AND (template = 'confirmation'
          OR NOT EXISTS (SELECT FROM public.synthetic_leads AS synthetic WHERE synthetic.lead_id = lead.id))
      ORDER BY mail.ord
      ON CONFLICT (event_id, template) DO NOTHING;
    END $$`);
}
