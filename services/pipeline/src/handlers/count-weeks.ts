import type { Source } from '@meander/lead';
import type { Period } from '../domain/period.ts';

/** Leads that came in one week, which begins on a Monday in Oslo. */
export interface WeekCount {
  /** `2026-03-02` */
  week: string;
  source: Source;
  count: number;
}

export interface WeekCounter {
  /** Weeks without leads are not among them; oldest first, at most the newest 104. */
  count(period: Period): Promise<WeekCount[]>;
}
