import { ParameterError } from '../domain/parameters.ts';
import type { Cursors, Position } from './list-leads.ts';

/** A mail that could not be delivered, and whose it is. */
export interface FailedMail {
  id: string;
  lead_id: string;
  first_name: string;
  last_name: string;
  organization_name: string;
  template: string;
  attempts: number;
  failed_at: Date;
  last_response_code: number | null;
  /** When it was asked to be sent again, where that is still on its way. */
  asked_at: Date | null;
}

/** How many failed for one reason, and are not asked for again yet. */
export interface FailedReason {
  /** Of the mail server; null where it gave none. */
  last_response_code: number | null;
  count: number;
}

export interface FailedMails {
  /** Newest first, behind the mail with this id. */
  page(request: { after: string | undefined; limit: number }): Promise<FailedMail[]>;
  /** The most frequent first. */
  reasons(): Promise<FailedReason[]>;
}

const pageSize = 50;
const query = ['failed-mails'];

/** One page of the failed mails, and how many failed for which reason. @throws ParameterError for a cursor that is not one of ours */
export async function listFailedMails(
  { failedMails, cursors }: { failedMails: FailedMails; cursors: Cursors },
  cursor: string | undefined,
): Promise<{ mails: FailedMail[]; reasons: FailedReason[]; nextCursor: string | null }> {
  const after: Position | undefined = cursor === undefined ? undefined : await cursors.open(cursor, query);
  if (cursor !== undefined && !after) throw new ParameterError('cursor', 'cursor is that of a page before.');
  const [found, reasons] = await Promise.all([
    failedMails.page({ after: after?.id, limit: pageSize + 1 }),
    failedMails.reasons(),
  ]);
  const mails = found.slice(0, pageSize);
  const last = mails.at(-1);
  const isMore = found.length > pageSize && last !== undefined;
  return {
    mails,
    reasons,
    nextCursor: isMore ? await cursors.seal({ value: '', id: last.id }, query) : null,
  };
}
