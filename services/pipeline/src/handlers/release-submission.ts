import type { Actor } from '@meander/auth';
import type { FieldError, Locale } from '@meander/lead';
import type { Lead } from '../domain/lead.ts';
import { ParameterError } from '../domain/parameters.ts';
import type { QuarantineQuery } from '../domain/quarantine-query.ts';
import type { QuarantinedSubmission } from '../domain/quarantined.ts';
import type { Cursors, Position } from './list-leads.ts';

export type ReleaseResult =
  | { kind: 'released'; lead: Lead }
  | { kind: 'unknown' }
  | { kind: 'released-before' }
  | { kind: 'invalid'; errors: FieldError[] };

export interface Quarantine {
  /** Newest first, from behind a position. */
  page(request: {
    state: QuarantineQuery['state'];
    after: Position | undefined;
    limit: number;
  }): Promise<{ submission: QuarantinedSubmission; position: Position }[]>;
  /**
   * Makes of a suspect submission what intake makes of any other: lead, submission and event, in one transaction
   * with the mark that it is released. Of two at once one wins. `invalid`: it breaks a rule, and stays held.
   */
  release(command: { id: string; actor: Actor; locale: Locale }): Promise<ReleaseResult>;
}

/** One page of the quarantine. @throws ParameterError for a cursor that is not one of ours */
export async function listQuarantine(
  { quarantine, cursors }: { quarantine: Quarantine; cursors: Cursors },
  { state, limit, cursor }: QuarantineQuery,
): Promise<{ items: QuarantinedSubmission[]; nextCursor: string | null }> {
  const query = ['quarantine', state];
  const after = cursor === undefined ? undefined : await cursors.open(cursor, query);
  if (cursor !== undefined && !after) {
    throw new ParameterError('cursor', 'cursor is the next_cursor of an answer for the same state.');
  }
  const found = await quarantine.page({ state, after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ submission }) => submission),
    nextCursor: found.length > limit && last ? await cursors.seal(last.position, query) : null,
  };
}
