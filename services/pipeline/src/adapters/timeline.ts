import type { Database } from '@meander/runtime';
import type { Timeline, TimelineEntry } from '../handlers/show-timeline.ts';
import { isReal } from './real-leads.ts';

/**
 * Everything that the tables know of one lead, by their indexes on the lead. An edit that no API caller made
 * was made by a booking. What happened in one instant stands in the order of cause: the booking, what it
 * overwrote, the move, the mail.
 */
const happenings = `
  WITH happened AS (
    SELECT 'submission' AS kind, received_at AS at, 1 AS step, lead_version AS version,
      coalesce(entered_by, 'visitor') AS who,
      jsonb_build_object('id', id, 'fields', fields, 'attribution', attribution) AS detail
    FROM intake.submissions WHERE lead_id = :id
    UNION ALL
    SELECT 'edit', changed_at, 2, version,
      CASE WHEN changed_by ~ '^(key|user):' THEN changed_by
           WHEN EXISTS (SELECT FROM intake.submissions AS cause
                        WHERE cause.lead_id = :id AND cause.lead_version = lead_changes.version) THEN 'visitor'
           ELSE 'system' END,
      jsonb_build_object('changes', changes)
    FROM lead_changes WHERE lead_id = :id
    UNION ALL
    SELECT 'transition', moved_at, 3, lead_version, moved_by,
      to_jsonb(transitions) - '{id,lead_id,moved_at,moved_by,lead_version,lead_created_at,entered_at}'::text[]
    FROM pipeline.transitions WHERE lead_id = :id
    UNION ALL
    SELECT 'mail', created_at, 4, NULL, 'notification',
      jsonb_build_object('id', id, 'template', template, 'state', state, 'attempts', attempts,
        'sent_at', sent_at, 'last_response_code', last_response_code)
    FROM notification.deliveries WHERE lead_id = :id
    UNION ALL
    -- As it stands: earlier times are not kept, the mails that told of them are.
    SELECT 'demo', updated_at, 3, NULL, set_by,
      jsonb_build_object('demo_at', demo_at, 'demo_minutes', minutes, 'demo_location', location,
        'sequence', sequence, 'cancelled_at', cancelled_at)
    FROM pipeline.demos WHERE lead_id = :id
    UNION ALL
    SELECT 'retry', requested_at, 5, NULL, requested_by,
      jsonb_build_object('delivery_id', delivery_id, 'template', template)
    FROM notification.delivery_retries JOIN notification.deliveries ON deliveries.id = delivery_id
    WHERE lead_id = :id
  ), newest AS (
    SELECT * FROM happened ORDER BY at DESC, step DESC LIMIT 500
  )
  SELECT kind, to_jsonb(at) #>> '{}' AS at, version, detail, who AS who_id,
    coalesce(api_keys.name, users.name) AS who_name
  FROM newest
  LEFT JOIN pipeline.api_keys ON 'key:' || api_keys.id = who
  LEFT JOIN pipeline.users ON 'user:' || users.id = who
  ORDER BY newest.at, step`;

interface Row {
  kind: TimelineEntry['kind'];
  at: string;
  version: number | null;
  detail: Record<string, unknown>;
  who_id: string;
  who_name: string | null;
}

export function createTimeline(db: Database): Timeline {
  return {
    async of(leadId) {
      const known = await db('leads').where({ id: leadId }).whereRaw(isReal('id')).first('id');
      if (!known) return undefined;
      const { rows } = await db.raw<{ rows: Row[] }>(happenings, { id: leadId });
      return rows.map(({ kind, at, version, detail, who_id, who_name }) => ({
        kind,
        at: new Date(at).toISOString(),
        who: { id: who_id, name: who_name },
        version,
        ...detail,
      }));
    },
  };
}
