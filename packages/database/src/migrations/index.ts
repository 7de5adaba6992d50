import type { Knex } from 'knex';
import * as rolesAndSchemas from './0001-roles-and-schemas.ts';
import * as leads from './0002-leads.ts';
import * as leadTriggers from './0003-lead-triggers.ts';
import * as leadChanges from './0004-lead-changes.ts';
import * as intake from './0005-intake.ts';
import * as messaging from './0006-messaging.ts';
import * as notification from './0007-notification.ts';
import * as pipeline from './0008-pipeline.ts';
import * as grants from './0009-grants.ts';
import * as demosAndOutcomes from './0010-demos-and-delivery-outcomes.ts';
import * as leadSearch from './0020-lead-search.ts';
import * as sales from './0021-sales.ts';
import * as addressRetention from './0030-address-retention.ts';
import * as boardSessions from './0040-board-sessions.ts';
import * as discardedLetters from './0050-discarded-letters.ts';
import * as syntheticLeads from './0060-synthetic-leads.ts';
import * as confirmationResends from './0080-confirmation-resends.ts';
import * as resendsInExports from './0100-resends-in-exports.ts';
import * as handlingAttempts from './0110-handling-attempts.ts';
import * as deliveryRetries from './0120-delivery-retries.ts';
import * as signInByIssuer from './0121-sign-in-by-issuer.ts';
import * as demoCancellations from './0122-demo-cancellations.ts';
import * as shortSearch from './0130-short-search.ts';
import * as leadCounts from './0131-lead-counts.ts';
import * as searchStatistics from './0132-search-statistics.ts';
import * as recordDeliveries from './0140-record-deliveries.ts';
import * as repeatedSubmissions from './0150-repeated-submissions.ts';
import * as leadBounds from './0151-lead-bounds.ts';
import * as appendOnlySubmissions from './0152-append-only-submissions.ts';

/** One forward step of the schema. There is no way back: expand, then contract in a later step. */
export interface Migration {
  up(trx: Knex): Promise<void>;
}

/** The one migration history, in order. A landed entry never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-roles-and-schemas': rolesAndSchemas,
  '0002-leads': leads,
  '0003-lead-triggers': leadTriggers,
  '0004-lead-changes': leadChanges,
  '0005-intake': intake,
  '0006-messaging': messaging,
  '0007-notification': notification,
  '0008-pipeline': pipeline,
  '0009-grants': grants,
  '0010-demos-and-delivery-outcomes': demosAndOutcomes,
  '0020-lead-search': leadSearch,
  '0021-sales': sales,
  '0030-address-retention': addressRetention,
  '0040-board-sessions': boardSessions,
  '0050-discarded-letters': discardedLetters,
  '0060-synthetic-leads': syntheticLeads,
  '0080-confirmation-resends': confirmationResends,
  '0100-resends-in-exports': resendsInExports,
  '0110-handling-attempts': handlingAttempts,
  '0120-delivery-retries': deliveryRetries,
  '0121-sign-in-by-issuer': signInByIssuer,
  '0122-demo-cancellations': demoCancellations,
  '0130-short-search': shortSearch,
  '0131-lead-counts': leadCounts,
  '0132-search-statistics': searchStatistics,
  '0140-record-deliveries': recordDeliveries,
  '0150-repeated-submissions': repeatedSubmissions,
  '0151-lead-bounds': leadBounds,
  '0152-append-only-submissions': appendOnlySubmissions,
};
