import { normalizeEmail } from '@meander/lead';
import type { Database, Transaction } from '@meander/runtime';

interface Typed {
  id: string;
  masked_ref: string;
  email: string | null;
}

/**
 * The quarantined submissions of a person: those that were released to the lead, and those whose address, as it
 * was typed, is the lead's once it is normalised. The part before the @ only ever changes its case, so it finds
 * the candidates; @meander/lead judges them.
 */
export async function quarantineOf(
  on: Database | Transaction,
  { id, email }: { id: string; email: string },
): Promise<{ id: string; masked_ref: string }[]> {
  const [localPart = ''] = email.split('@');
  const candidates: (Typed & { lead_id: string | null })[] = await on('intake.quarantine')
    .where({ lead_id: id })
    .orWhereRaw("strpos(lower(fields ->> 'email'), ?) > 0", [localPart])
    .select('id', 'masked_ref', 'lead_id', on.raw("fields ->> 'email' AS email"));
  return candidates.filter(({ lead_id, email: typed }) => {
    const normalized = normalizeEmail(typed ?? '');
    return lead_id === id || (normalized.ok && normalized.email === email);
  });
}
