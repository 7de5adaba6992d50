import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { actorOf, type Guard } from '@meander/auth';
import type { Logger, Routes } from '@meander/runtime';
import type { RequestHandler } from 'express';
import { readExportQuery } from '../domain/lead-query.ts';
import { exportLeads } from '../handlers/export-leads.ts';
import type { LeadList } from '../handlers/list-leads.ts';
import { queryOf, withParameters } from './answers.ts';

export interface ExportNeeds {
  requireScope: Guard;
  list: LeadList;
  logger: Logger;
}

/** What follows a first piece that has been read already. */
async function* joined(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

/**
 * Streams as fast as the reader takes it. The first leads are read before the answer begins, so that a database
 * that is away is still a 503; a fault later on breaks the connection off, so that nobody takes half a file for all.
 */
function exportCsv({ list, logger }: ExportNeeds): RequestHandler {
  return async (req, res) => {
    const query = await withParameters(() => readExportQuery(queryOf(req)));
    const pieces = exportLeads(list, query);
    const { value: head } = await pieces.next();
    const { value: leads = '' } = await pieces.next();
    const today = new Date().toISOString().slice(0, 10);
    res
      .status(200)
      .set('Content-Type', 'text/csv; charset=utf-8')
      .set('Content-Disposition', `attachment; filename="leads-${today}.csv"`)
      .set('Cache-Control', 'no-store');
    if (req.method === 'HEAD') {
      res.end();
      return;
    }
    logger.info({ actor: actorOf(res).id }, 'leads exported');
    await pipeline(Readable.from(joined(`${head}${leads}`, pieces), { highWaterMark: 1 }), res).catch(
      (err) => {
        if (!res.destroyed || res.writableFinished) throw err;
        // The reader has gone, or the connection was broken off: there is nobody left to tell.
        logger.warn({ err }, 'export broken off');
      },
    );
  };
}

/** `/leads/export.csv`: all that match, for a spreadsheet. */
export function exportRoutes(needs: ExportNeeds): Routes {
  return { '/leads/export.csv': { get: [needs.requireScope('leads:read'), exportCsv(needs)] } };
}
