import { actorOf } from '@meander/auth';
import { type Demo, parseStatus } from '@meander/lead';
import { Problem, type Routes } from '@meander/runtime';
import type { Request, RequestHandler, Response } from 'express';
import { parseDemoRequest } from '../../domain/demo-request.ts';
import { fromWallClock } from '../../domain/wall-clock.ts';
import { measureMove } from '../../handlers/measure-move.ts';
import { moveAsSeen } from '../../handlers/move-as-seen.ts';
import { nameOf } from '../../pages/card.ts';
import { boardTexts } from '../../pages/texts/index.ts';
import { unknownLead } from '../answers.ts';
import { leadId } from '../lead-routes.ts';
import { type LeadPageNeeds, showLead } from './lead-page-routes.ts';
import { type BoardGuards, sessionOf } from './signed-in.ts';

type Fields = Record<string, unknown>;

const textOf = (value: unknown) => (typeof value === 'string' ? value.trim() : '');
const textsFor = (res: Response) => boardTexts[sessionOf(res).locale];

/** The body of the API, from a form whose clock is that of Oslo; what is no time or number is refused by its rule. */
function demoBody({ demo_at, demo_minutes, demo_location }: Fields): Fields {
  const [at, minutes, location] = [demo_at, demo_minutes, demo_location].map(textOf);
  return {
    ...(at && { demo_at: fromWallClock(at)?.toISOString() ?? at }),
    ...(minutes && { demo_minutes: /^\d+$/.test(minutes) ? Number(minutes) : minutes }),
    ...(location && { demo_location: location }),
  };
}

/** The number of the demo that the form was made for; null where there was none. */
const seenOf = (value: unknown) => (/^\d+$/.test(textOf(value)) ? Number(value) : null);

/** Sets the time of a lead that is there already. Answers what went wrong, or undefined. */
async function setTime(needs: LeadPageNeeds, demo: Demo, req: Request, res: Response) {
  const command = { id: leadId(req), demo, actor: actorOf(res), seen: seenOf((req.body as Fields).seen) };
  const result = await needs.demos.schedule(command);
  if (result.kind === 'unknown') throw unknownLead();
  if (result.kind === 'refused') return { status: 409, text: textsFor(res).demo.refused };
  return result.kind === 'stale' ? { status: 412, text: textsFor(res).demo.stale } : undefined;
}

/** Moves a lead to its demo, with the time. Answers what went wrong, or undefined. */
async function moveThere(needs: LeadPageNeeds, demo: Demo, req: Request, res: Response) {
  const seen = parseStatus((req.body as Fields).from);
  if (!seen) throw new Problem('validation-failed', { errors: [] });
  const result = await moveAsSeen(needs.leads, {
    ...{ id: leadId(req), actor: actorOf(res), seen, to: 'demo_scheduled', demo },
    ...{ reason: null, reason_code: null, value_nok: null },
  });
  if (result.kind === 'unknown') throw unknownLead();
  if (result.kind === 'moved') {
    measureMove({ lead: result.lead, from: seen });
    return undefined;
  }
  const { move, statuses } = textsFor(res);
  const status = result.kind === 'refused' ? 409 : 412;
  return { status, text: move[result.kind](nameOf(result.lead), statuses[result.lead.status]) };
}

function setDemo(needs: LeadPageNeeds): RequestHandler {
  return async (req, res) => {
    const typed = req.body as Fields;
    const parsed = parseDemoRequest(demoBody(typed), sessionOf(res).locale);
    if (!parsed.ok) {
      await showLead(needs, req, res.status(422), {
        notice: null,
        demoForm: { typed, errors: parsed.errors },
      });
      return;
    }
    const set = typed.from === 'demo_scheduled' ? setTime : moveThere;
    const fault = await set(needs, parsed.value, req, res);
    if (fault) {
      const notice = { text: fault.text, fault: true };
      await showLead(needs, req, res.status(fault.status), { notice, demoForm: { typed, errors: [] } });
    } else {
      const done = parsed.value.at > new Date() ? 'demo' : 'demo-past';
      res.redirect(303, `/board/leads/${leadId(req)}?done=${done}`);
    }
  };
}

function cancelDemo(needs: LeadPageNeeds): RequestHandler {
  return async (req, res) => {
    const id = leadId(req);
    const seen = seenOf((req.body as Fields).seen);
    const result = await needs.demos.cancel({ id, actor: actorOf(res), seen });
    if (result.kind === 'unknown') throw unknownLead();
    if (result.kind === 'cancelled') res.redirect(303, `/board/leads/${id}?done=demo-cancelled`);
    else
      await showLead(needs, req, res.status(412), {
        notice: { text: textsFor(res).demo.stale, fault: true },
      });
  };
}

/** The demo of a lead, on its page: set, changed, called off. */
export function demoPageRoutes(needs: LeadPageNeeds, { writes }: BoardGuards): Routes {
  return {
    '/board/leads/:id/demo': { post: [...writes, setDemo(needs)] },
    '/board/leads/:id/demo/cancel': { post: [...writes, cancelDemo(needs)] },
  };
}
