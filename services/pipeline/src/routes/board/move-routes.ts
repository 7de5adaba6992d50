import { actorOf } from '@meander/auth';
import { type FieldError, parseStatus, type Status, type TransitionPolicy } from '@meander/lead';
import { Problem, type Routes } from '@meander/runtime';
import { count } from '@meander/telemetry';
import type { Request, RequestHandler, Response } from 'express';
import type { Lead } from '../../domain/lead.ts';
import { boardPath } from '../../domain/session.ts';
import { parseTransition } from '../../domain/transition-request.ts';
import { moveAsSeen, type SeenMoveResult } from '../../handlers/move-as-seen.ts';
import type { LeadStore } from '../../handlers/move-lead.ts';
import type { DemoStore, ScheduledDemo } from '../../handlers/schedule-demo.ts';
import type { Timeline } from '../../handlers/show-timeline.ts';
import { nameOf } from '../../pages/card.ts';
import { leadPage } from '../../pages/lead-page.ts';
import { type FinalMove, movePage } from '../../pages/move-page.ts';
import { boardTexts } from '../../pages/texts/index.ts';
import { sendJson, unknownLead } from '../answers.ts';
import { leadId } from '../lead-routes.ts';
import { type BoardGuards, fromModule, sessionOf } from './signed-in.ts';

export interface MoveNeeds {
  leads: LeadStore;
  timeline: Timeline;
  demos: DemoStore;
  policy: TransitionPolicy;
}

type Fields = Record<string, unknown>;

const finalMove = (to: unknown): FinalMove | undefined =>
  to === 'converted' || to === 'lost' ? to : undefined;

/** `12 500,50` as people write it; what is no number stays what it is, and is refused by its rule. */
function amount(text: string): unknown {
  const plain = text
    .replace(/[\s\u00a0\u202f]/g, '')
    .replace(/(kr|nok)\.?/i, '')
    .replace(',', '.');
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : text;
}

/** The body of a transition, from a form, which sends its empty fields too. */
function transitionBody({ to, reason, reason_code, value_nok }: Fields): Fields {
  const given = (value: unknown) => typeof value === 'string' && value.trim() !== '';
  return {
    to,
    ...(given(reason) && { reason }),
    ...(given(reason_code) && { reason_code }),
    ...(given(value_nok) && { value_nok: amount(String(value_nok)) }),
  };
}

async function find({ leads }: MoveNeeds, req: Request): Promise<Lead> {
  const lead = await leads.find(leadId(req));
  if (!lead) throw unknownLead();
  return lead;
}

/** Everything that keeps a move from being made; the board asks for the reason of a loss, the API does not. */
function judge(fields: Fields, res: Response) {
  const { locale } = sessionOf(res);
  const parsed = parseTransition(transitionBody(fields), locale);
  const errors: FieldError[] = parsed.ok ? [] : [...parsed.errors];
  if (fields.to === 'lost' && !fields.reason_code) {
    const message = boardTexts[locale].move.needsReason;
    errors.push({ field: 'reason_code', rule: 'lost_reason_enum_constraint', message });
  }
  return { value: parsed.ok ? parsed.value : undefined, errors };
}

/** What a person is told of their move, in their language. */
function wordsFor(result: Exclude<SeenMoveResult, { kind: 'unknown' }>, res: Response): string {
  const { move, statuses } = boardTexts[sessionOf(res).locale];
  return move[result.kind](nameOf(result.lead), statuses[result.lead.status]);
}

async function answer(needs: MoveNeeds, result: SeenMoveResult, req: Request, res: Response): Promise<void> {
  if (result.kind === 'unknown') throw unknownLead();
  const { kind, lead } = result;
  const text = wordsFor(result, res);
  const status = { moved: 200, overtaken: 412, refused: 409 }[kind];
  if (fromModule(req)) {
    res.status(status);
    sendJson(res, { outcome: kind, message: text, status: lead.status });
  } else if (kind === 'moved') {
    const back = boardPath((req.body as Fields).back);
    res.redirect(303, `${back}${back.includes('?') ? '&' : '?'}moved=${lead.id}`);
  } else {
    const [timeline = [], demo] = await Promise.all([needs.timeline.of(lead.id), needs.demos.find(lead.id)]);
    const state = { session: sessionOf(res), lead, timeline, demo, policy: needs.policy };
    res
      .status(status)
      .type('html')
      .send(leadPage({ ...state, notice: { text, fault: true } }));
  }
}

/** The demo that a loss would call off. */
async function demoAhead({ demos }: MoveNeeds, { id }: Lead): Promise<ScheduledDemo | undefined> {
  const found = await demos.find(id);
  return found && found.demo.at > new Date() ? found : undefined;
}

function askFirst(needs: MoveNeeds): RequestHandler {
  return async (req, res) => {
    const to = finalMove(req.query.to);
    if (!to) throw new Problem('not-found');
    const lead = await find(needs, req);
    const demo = await demoAhead(needs, lead);
    res.type('html').send(movePage({ session: sessionOf(res), lead, to, demo }));
  };
}

function move(needs: MoveNeeds): RequestHandler {
  return async (req, res) => {
    const fields = req.body as Fields;
    const seen: Status | undefined = parseStatus(fields.from);
    const { value, errors } = judge(fields, res);
    const to = finalMove(fields.to);
    if (value && seen && errors.length === 0) {
      const command = { ...value, id: leadId(req), actor: actorOf(res), seen };
      const result = await moveAsSeen(needs.leads, command);
      if (result.kind === 'moved') count.transition({ to: value.to });
      await answer(needs, result, req, res);
    } else if (fromModule(req) || !to) {
      throw new Problem('validation-failed', { errors });
    } else {
      const lead = await find(needs, req);
      const demo = await demoAhead(needs, lead);
      const page = movePage({ session: sessionOf(res), lead, to, demo, typed: fields, errors });
      res.status(422).type('html').send(page);
    }
  };
}

/** Moves by hand: the question before a final one, and the move. */
export function moveRoutes(needs: MoveNeeds, { reads, writes }: BoardGuards): Routes {
  return { '/board/leads/:id/move': { get: [...reads, askFirst(needs)], post: [...writes, move(needs)] } };
}
