import type { Transaction } from '@meander/runtime';
import type { Lead } from '../domain/lead.ts';
import { leadColumns } from './lead-columns.ts';
import { isReal } from './real-leads.ts';

/**
 * The lead as it stands, held until the end of the transaction: whoever else changes or erases it comes before or
 * after. Undefined for an unknown lead, and for a made-up one, of which sales knows nothing.
 */
export async function lockLead(trx: Transaction, id: string): Promise<Lead | undefined> {
  return trx('leads').where({ id }).whereRaw(isReal('id')).forUpdate().first(leadColumns);
}
