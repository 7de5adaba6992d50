import { recordBooking } from '@meander/bookings';
import { type Database, inTransaction } from '@meander/runtime';
import type { Lead } from '../domain/lead.ts';
import type { LeadEntry } from '../handlers/enter-lead.ts';
import { actAs } from './act-as.ts';
import { leadColumns } from './lead-columns.ts';

/** @param committed called after each commit: the event may be relayed now */
export function createLeadEntry(db: Database, { committed }: { committed: () => void }): LeadEntry {
  return {
    async enter({ lead: { source, ...contact }, fields, actor }) {
      const entered = await inTransaction(db, async (trx) => {
        await actAs(trx, actor);
        const { lead } = await recordBooking(trx, {
          contact,
          fields,
          attribution: null,
          ipAddress: null,
          service: 'pipeline',
          enteredBy: actor.id,
          asNew: { source },
        });
        const row: Lead = await trx('leads').where({ id: lead.id }).first(leadColumns);
        return { lead: row, isNew: lead.booking_count === 1 };
      });
      committed();
      return entered;
    },
  };
}
