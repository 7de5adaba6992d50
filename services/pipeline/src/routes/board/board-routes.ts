import { isId, parseStatus, type TransitionPolicy } from '@meander/lead';
import { Problem, type Routes } from '@meander/runtime';
import type { Request, RequestHandler, Response } from 'express';
import { readBoardQuery } from '../../domain/board-query.ts';
import type { LeadStore } from '../../handlers/move-lead.ts';
import { type BoardNeeds, showBoard, showCards, showColumn } from '../../handlers/show-board.ts';
import { boardPage, cardContext } from '../../pages/board-page.ts';
import { cardOf, nameOf, renderCard } from '../../pages/card.ts';
import { columnPage } from '../../pages/column-page.ts';
import type { Notice } from '../../pages/shell.ts';
import { boardTexts } from '../../pages/texts/index.ts';
import { queryOf, sendJson, withParameters } from '../answers.ts';
import { type BoardGuards, sessionOf } from './signed-in.ts';

export interface BoardPageNeeds extends BoardNeeds {
  leads: LeadStore;
  policy: TransitionPolicy;
}

/** Cards that an open board may ask for at once. */
const mostCards = 100;

const stateOf = async ({ policy }: BoardPageNeeds, req: Request, res: Response) => ({
  session: sessionOf(res),
  query: await withParameters(() => readBoardQuery(queryOf(req))),
  policy,
  now: new Date(),
});

/** What a form elsewhere has come back with: which lead is where by now, or that one is erased. */
async function noticeOf({ leads }: BoardPageNeeds, req: Request, res: Response): Promise<Notice | null> {
  const t = boardTexts[sessionOf(res).locale];
  if (req.query.done === 'erased') return { text: t.erase.erased, fault: false };
  const lead = typeof req.query.moved === 'string' ? await leads.find(req.query.moved) : undefined;
  return lead ? { text: t.move.moved(nameOf(lead), t.statuses[lead.status]), fault: false } : null;
}

function showBoardPage(needs: BoardPageNeeds): RequestHandler {
  return async (req, res) => {
    const state = await stateOf(needs, req, res);
    const [columns, notice] = await Promise.all([showBoard(needs, state.query), noticeOf(needs, req, res)]);
    res.type('html').send(boardPage({ ...state, columns, notice }));
  };
}

function showColumnPage(needs: BoardPageNeeds): RequestHandler {
  return async (req, res) => {
    const status = parseStatus(req.params.status);
    if (!status) throw new Problem('not-found');
    const state = await stateOf(needs, req, res);
    const cursor = typeof req.query.cursor === 'string' ? req.query.cursor : undefined;
    const page = await withParameters(() => showColumn(needs, state.query, { status, cursor }));
    res.type('html').send(columnPage({ ...state, status, page }));
  };
}

function sendCards(needs: BoardPageNeeds): RequestHandler {
  return async (req, res) => {
    const state = await stateOf(needs, req, res);
    const ids = [req.query.id ?? []].flat().map(String).filter(isId).slice(0, mostCards);
    const { leads, counts } = await showCards(needs, state.query, ids);
    const context = cardContext(state);
    sendJson(res, { counts, cards: leads.map((lead) => renderCard(cardOf(lead, context))) });
  };
}

/** `/board`: the columns, further pages of them, and single cards for a board that is open. */
export function boardRoutes(needs: BoardPageNeeds, { reads }: BoardGuards): Routes {
  return {
    '/board': { get: [...reads, showBoardPage(needs)] },
    '/board/columns/:status': { get: [...reads, showColumnPage(needs)] },
    '/board/cards': { get: [...reads, sendCards(needs)] },
  };
}
