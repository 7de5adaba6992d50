import type { Database } from '@meander/runtime';
import type { Begun, PendingSignIns } from '../handlers/sign-in.ts';
import { createSeal } from './seal.ts';

const bound = 'sign-in';

/**
 * Nothing is kept of those who have begun: what has to last until they come back is sealed, and the browser carries
 * it. Strangers cannot fill a table that way.
 */
export function createPendingSignIns(db: Database): PendingSignIns {
  const { seal, open } = createSeal(db, 'sign-in');
  return {
    seal: (begun) => seal(begun, bound),
    async open(text, now) {
      const begun = (await open(text, bound)) as Begun | undefined;
      return begun && begun.until > now ? begun : undefined;
    },
  };
}
