import type { Period } from '../domain/period.ts';
import type { PipelineFigures } from '../domain/pipeline-report.ts';

/** Counts the leads that were created in a period, as they stand now. */
export interface PipelineCounter {
  count(period: Period): Promise<PipelineFigures>;
}
