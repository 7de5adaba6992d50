import type { Actor } from '@meander/auth';
import type { Demo } from '@meander/lead';

/** A demo as it stands, and how often it has been set anew. */
export interface ScheduledDemo {
  demo: Demo;
  sequence: number;
}

/** What became of setting a time. `unchanged`: it stood so already, and nobody is told again. */
export type ScheduleResult =
  | ({ kind: 'scheduled' | 'unchanged' } & ScheduledDemo)
  | { kind: 'unknown' }
  | { kind: 'refused' }
  /** Somebody set it anew, called it off, or changed the lead, since the caller looked. */
  | { kind: 'stale' };

/** What became of calling a demo off. `none`: there was no demo, or it was called off before. */
export type CancelResult =
  | { kind: 'cancelled'; sequence: number }
  | { kind: 'unknown' }
  | { kind: 'none' }
  | { kind: 'stale' };

export interface DemoCommand {
  id: string;
  actor: Actor;
  /** The If-Match of the request, of the lead whose demo it is; left out where the caller does not mind. */
  ifMatch?: string | undefined;
  /** The number of the demo that the caller saw, null where it saw none; left out where it does not mind. */
  seen?: number | null;
}

/**
 * The demos of leads; the first time may also be set by the move to `demo_scheduled`, and the move to `lost` calls one
 * off that has not taken place. One call is one transaction.
 */
export interface DemoStore {
  /** Undefined also for one that was called off. */
  find(leadId: string): Promise<ScheduledDemo | undefined>;
  /**
   * Sets or changes the demo of a lead that is `demo_scheduled`, and writes the event with it. Each change
   * raises the sequence, so that the lead's calendar replaces the earlier time.
   */
  schedule(command: DemoCommand & { demo: Demo }): Promise<ScheduleResult>;
  /** Calls the demo off, and writes the event with it: the lead's calendar forgets the appointment. */
  cancel(command: DemoCommand): Promise<CancelResult>;
}
