import type { Database } from '@meander/runtime';
import type { FailedMails } from '../handlers/list-failed-mails.ts';
import { openRequest } from './delivery-retries.ts';
import { isReal } from './real-leads.ts';

/** Read by the index on state and id. */
export function createFailedMails(db: Database): FailedMails {
  return {
    async page({ after, limit }) {
      const query = db('notification.deliveries AS mail')
        .join('leads', 'leads.id', 'mail.lead_id')
        .where('mail.state', 'failed')
        .whereRaw(isReal('mail.lead_id'))
        .orderBy('mail.id', 'desc')
        .limit(limit)
        .select('mail.id', 'lead_id', 'first_name', 'last_name', 'organization_name', 'template', 'attempts')
        .select({ failed_at: 'mail.updated_at' }, 'last_response_code')
        .select(db.raw(`${openRequest('mail')} AS asked_at`));
      if (after !== undefined) query.where('mail.id', '<', after);
      return query;
    },
    async reasons() {
      return db('notification.deliveries AS mail')
        .where('mail.state', 'failed')
        .whereRaw(isReal('mail.lead_id'))
        .whereRaw(`${openRequest('mail')} IS NULL`)
        .groupBy('last_response_code')
        .select('last_response_code', db.raw('count(*)::int AS count'))
        .orderByRaw('count DESC, last_response_code');
    },
  };
}
