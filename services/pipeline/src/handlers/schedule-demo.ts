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
  | { kind: 'refused' };

/** The demos of leads; the first time may also be set by the move to `demo_scheduled`. */
export interface DemoStore {
  find(leadId: string): Promise<ScheduledDemo | undefined>;
  /**
   * Sets or changes the demo of a lead that is `demo_scheduled`, and writes the event with it. Each change
   * raises the sequence, so that the lead's calendar replaces the earlier time.
   */
  schedule(command: { id: string; demo: Demo; actor: Actor }): Promise<ScheduleResult>;
}
