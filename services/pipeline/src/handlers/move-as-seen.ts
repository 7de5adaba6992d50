import type { Status } from '@meander/lead';
import { entityTag, type Lead } from '../domain/lead.ts';
import type { LeadStore, MoveCommand } from './move-lead.ts';

export type SeenMoveResult =
  | { kind: 'moved'; lead: Lead }
  | { kind: 'unknown' }
  /** Somebody moved it first; the lead is as they left it. */
  | { kind: 'overtaken'; lead: Lead }
  | { kind: 'refused'; lead: Lead };

/** A mail's stamp or a correction may come between; nobody's are as frequent as this. */
const mostTries = 5;

/**
 * Moves a lead by the hand of a person who saw it in a status. What they decided on is that status, so another
 * change meanwhile (its mail was sent, a phone number corrected) does not stop them, and another move does: it
 * is shown to them and never overwritten.
 */
export async function moveAsSeen(
  leads: LeadStore,
  { seen, ...command }: Omit<MoveCommand, 'ifMatch'> & { seen: Status },
): Promise<SeenMoveResult> {
  for (let tries = 1; ; tries += 1) {
    const lead = await leads.find(command.id);
    if (!lead) return { kind: 'unknown' };
    if (lead.status !== seen || tries > mostTries) return { kind: 'overtaken', lead };
    const result = await leads.move({ ...command, ifMatch: entityTag(lead) });
    if (result.kind === 'refused') return { kind: 'refused', lead };
    if (result.kind !== 'stale') return result;
  }
}
