import { actorOf } from '@meander/auth';
import { Problem, type Routes } from '@meander/runtime';
import type { RequestHandler, Response } from 'express';
import { createReport, readReportPeriod } from '../../domain/pipeline-report.ts';
import type { WeekCounter } from '../../handlers/count-weeks.ts';
import { type FailedMails, listFailedMails } from '../../handlers/list-failed-mails.ts';
import type { Cursors } from '../../handlers/list-leads.ts';
import { listQuarantine, type Quarantine } from '../../handlers/release-submission.ts';
import type { PipelineCounter } from '../../handlers/report-pipeline.ts';
import { mailsPage } from '../../pages/mails-page.ts';
import { numbersPage } from '../../pages/numbers-page.ts';
import { quarantinePage } from '../../pages/quarantine-page.ts';
import type { Notice } from '../../pages/shell.ts';
import { boardTexts } from '../../pages/texts/index.ts';
import { withParameters } from '../answers.ts';
import { type BoardGuards, sessionOf } from './signed-in.ts';

export interface OverviewNeeds {
  quarantine: Quarantine;
  failedMails: FailedMails;
  cursors: Cursors;
  counter: PipelineCounter;
  weeks: WeekCounter;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
const cursorOf = (value: unknown) => textOf(value) || undefined;

async function sendQuarantine(
  needs: OverviewNeeds,
  res: Response,
  told: { cursor?: string | undefined; notice: Notice | null },
) {
  const query = { state: 'held', limit: 50, cursor: told.cursor } as const;
  const { items, nextCursor } = await withParameters(() => listQuarantine(needs, query));
  const page = quarantinePage({ session: sessionOf(res), held: items, nextCursor, notice: told.notice });
  res.type('html').send(page);
}

function release(needs: OverviewNeeds): RequestHandler {
  return async (req, res) => {
    const session = sessionOf(res);
    const command = { id: textOf(req.params.id), actor: actorOf(res), locale: session.locale };
    const result = await needs.quarantine.release(command);
    const t = boardTexts[session.locale].quarantine;
    if (result.kind === 'unknown') throw new Problem('not-found');
    if (result.kind === 'released') res.redirect(303, `/board/leads/${result.lead.id}?done=released`);
    else {
      const isBefore = result.kind === 'released-before';
      res.status(isBefore ? 409 : 422);
      await sendQuarantine(needs, res, { notice: { text: isBefore ? t.before : t.invalid, fault: true } });
    }
  };
}

function showNumbers({ counter, weeks }: OverviewNeeds): RequestHandler {
  return async (req, res) => {
    const given = { from: textOf(req.query.created_after), to: textOf(req.query.created_before) };
    // An empty field of the form asks for nothing.
    const asked = {
      ...(given.from !== '' && { created_after: given.from }),
      ...(given.to !== '' && { created_before: given.to }),
    };
    const period = await withParameters(() => readReportPeriod(asked, new Date()));
    const [figures, counts] = await Promise.all([counter.count(period), weeks.count(period)]);
    const report = createReport(period, figures);
    res.type('html').send(numbersPage(sessionOf(res), { report, weeks: counts, given }));
  };
}

/** The pages beside the board: what is held back, what did not arrive, how it goes. */
export function overviewRoutes(needs: OverviewNeeds, { reads, writes }: BoardGuards): Routes {
  return {
    '/board/quarantine': {
      get: [
        ...reads,
        async (req, res) => sendQuarantine(needs, res, { cursor: cursorOf(req.query.cursor), notice: null }),
      ],
    },
    '/board/quarantine/:id/release': { post: [...writes, release(needs)] },
    '/board/mails': {
      get: [
        ...reads,
        async (req, res) => {
          const { mails, nextCursor } = await withParameters(() =>
            listFailedMails(needs, cursorOf(req.query.cursor)),
          );
          res.type('html').send(mailsPage(sessionOf(res), mails, nextCursor));
        },
      ],
    },
    '/board/numbers': { get: [...reads, showNumbers(needs)] },
  };
}
