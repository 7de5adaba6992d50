import type { Actor } from '@meander/auth';
import type { Status } from '@meander/lead';
import type { Lead } from '../domain/lead.ts';
import type { TransitionRequest } from '../domain/transition-request.ts';

/** What became of a move. */
export type MoveResult =
  | { kind: 'moved'; lead: Lead; from: Status }
  | { kind: 'unknown' }
  | { kind: 'stale' }
  | { kind: 'refused'; from: Status; to: Status; allowed: Status[] };

export interface MoveCommand extends TransitionRequest {
  id: string;
  /** The If-Match of the request, or undefined where the caller does not mind. */
  ifMatch: string | undefined;
  actor: Actor;
}

/** Leads as pipeline reads and moves them. One call is one transaction. */
export interface LeadStore {
  find(idOrRef: string): Promise<Lead | undefined>;
  /**
   * Moves a lead forward (status_transition_ordering), writes the history and the event with it. Two moves at
   * once are one after the other: the second is judged by where the first has left the lead.
   */
  move(command: MoveCommand): Promise<MoveResult>;
}
