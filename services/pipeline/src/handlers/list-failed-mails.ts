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
}

export interface FailedMails {
  /** Newest first, behind the mail with this id. */
  page(request: { after: string | undefined; limit: number }): Promise<FailedMail[]>;
}

const pageSize = 50;
const query = ['failed-mails'];

/** One page of the failed mails. @throws ParameterError for a cursor that is not one of ours */
export async function listFailedMails(
  { failedMails, cursors }: { failedMails: FailedMails; cursors: Cursors },
  cursor: string | undefined,
): Promise<{ mails: FailedMail[]; nextCursor: string | null }> {
  const after: Position | undefined = cursor === undefined ? undefined : await cursors.open(cursor, query);
  if (cursor !== undefined && !after) throw new ParameterError('cursor', 'cursor is that of a page before.');
  const found = await failedMails.page({ after: after?.id, limit: pageSize + 1 });
  const mails = found.slice(0, pageSize);
  const last = mails.at(-1);
  const isMore = found.length > pageSize && last !== undefined;
  return { mails, nextCursor: isMore ? await cursors.seal({ value: '', id: last.id }, query) : null };
}
