import type { Guard } from '@meander/auth';
import type { Routes } from '@meander/runtime';
import { createReport, readReportPeriod } from '../domain/pipeline-report.ts';
import type { PipelineCounter } from '../handlers/report-pipeline.ts';
import { queryOf, sendJson, withParameters } from './answers.ts';

export interface ReportNeeds {
  requireScope: Guard;
  counter: PipelineCounter;
}

/** `/pipeline`: how it goes. */
export function reportRoutes({ requireScope, counter }: ReportNeeds): Routes {
  return {
    '/pipeline': {
      get: [
        requireScope('leads:read'),
        async (req, res) => {
          const period = await withParameters(() => readReportPeriod(queryOf(req), new Date()));
          sendJson(res, createReport(period, await counter.count(period)));
        },
      ],
    },
  };
}
