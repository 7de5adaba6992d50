import type { Database } from '@meander/runtime';
import type { Cursors, Position } from '../handlers/list-leads.ts';
import { createSeal } from './seal.ts';

/**
 * Cursors are sealed: a position may hold an organization's name, which does not belong in addresses and their
 * logs, and a changed or borrowed cursor is told from a good one.
 */
export function createCursors(db: Database): Cursors {
  const { seal, open } = createSeal(db, 'cursor');
  return {
    seal: ({ value, id }, query) => seal([value, id], query),
    async open(cursor, query): Promise<Position | undefined> {
      const opened = (await open(cursor, query)) as [string, string] | undefined;
      return opened && { value: opened[0], id: opened[1] };
    },
  };
}
