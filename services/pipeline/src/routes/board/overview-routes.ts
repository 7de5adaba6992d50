import { actorOf } from '@meander/auth';
import { Problem, type Routes } from '@meander/runtime';
import type { RequestHandler, Response } from 'express';
import { createReport, readReportPeriod } from '../../domain/pipeline-report.ts';
import type { WeekCounter } from '../../handlers/count-weeks.ts';
import { type FailedMails, listFailedMails } from '../../handlers/list-failed-mails.ts';
import type { Cursors } from '../../handlers/list-leads.ts';
import { listQuarantine, type Quarantine } from '../../handlers/release-submission.ts';
import type { PipelineCounter } from '../../handlers/report-pipeline.ts';
import type { DeliveryRetries } from '../../handlers/retry-delivery.ts';
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
  retries: DeliveryRetries;
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

async function sendMails(
  needs: OverviewNeeds,
  res: Response,
  told: { cursor?: string | undefined; notice: Notice | null },
) {
  const found = await withParameters(() => listFailedMails(needs, told.cursor));
  res.type('html').send(mailsPage({ session: sessionOf(res), ...found, notice: told.notice }));
}

/** What a form of the page of failed mails has come back with: how many are sent again. */
function askedNotice(asked: unknown, res: Response): Notice | null {
  const t = boardTexts[sessionOf(res).locale].mails;
  if (asked === 'one') return { text: t.one, fault: false };
  return /^\d{1,3}$/.test(textOf(asked)) ? { text: t.many(Number(asked)), fault: false } : null;
}

function retryOne(needs: OverviewNeeds): RequestHandler {
  return async (req, res) => {
    const result = await needs.retries.request(textOf(req.params.id), actorOf(res));
    if (result.kind === 'requested') res.redirect(303, '/board/mails?asked=one');
    else {
      const text = boardTexts[sessionOf(res).locale].mails.gone;
      await sendMails(needs, res.status(409), { notice: { text, fault: true } });
    }
  };
}

function retryTogether({ retries }: OverviewNeeds): RequestHandler {
  return async (req, res) => {
    const { code } = req.body as Record<string, unknown>;
    if (!/^(\d{3})?$/.test(String(code))) throw new Problem('invalid-parameter', { parameter: 'code' });
    const asked = await retries.requestAll(code === '' ? null : Number(code), actorOf(res));
    res.redirect(303, `/board/mails?asked=${asked}`);
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
          const notice = askedNotice(req.query.asked, res);
          await sendMails(needs, res, { cursor: cursorOf(req.query.cursor), notice });
        },
      ],
    },
    '/board/mails/:id/retry': { post: [...writes, retryOne(needs)] },
    '/board/mails/retry': { post: [...writes, retryTogether(needs)] },
    '/board/numbers': { get: [...reads, showNumbers(needs)] },
  };
}
