import type { LeadEvent } from '@meander/lead';

/** Where events are read back from, by whichever copy. */
export interface EventLog {
  /** What was told after the event with this id, in pages; undefined where that one is unknown, or too long ago. */
  since(eventId: string): Promise<AsyncIterable<LeadEvent[]> | undefined>;
  /** At most `most` of what was published from a little before `moment` on, and up to when they go. */
  publishedSince(moment: string, most: number): Promise<{ events: LeadEvent[]; until: string }>;
  /** The moment by the log's own clock. */
  now(): Promise<string>;
}
