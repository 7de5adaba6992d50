import { actorOf, requireScope } from '@meander/auth';
import { allowedTransitions, isId, type Locale, type TransitionPolicy } from '@meander/lead';
import { type Database, Problem, type Routes, readBody } from '@meander/runtime';
import { count } from '@meander/telemetry';
import type { Request, RequestHandler, Response } from 'express';
import { parseDemoRequest } from './domain/demo-request.ts';
import { entityTag, type Lead } from './domain/lead.ts';
import { parseTransition } from './domain/transition-request.ts';
import type { LeadStore, MoveResult } from './handlers/move-lead.ts';
import type { DemoStore, ScheduledDemo } from './handlers/schedule-demo.ts';
import type { EventStream } from './handlers/stream-events.ts';

interface RouteNeeds {
  db: Database;
  leads: LeadStore;
  demos: DemoStore;
  stream: EventStream;
  policy: TransitionPolicy;
}

const requestLocale = (req: Request): Locale =>
  req.acceptsLanguages(['en', 'nb', 'no', 'nn']) === 'en' ? 'en' : 'nb';

const unknownLead = () => new Problem('not-found', { detail: 'There is no lead with this id.' });

function sendLead(res: Response, lead: Lead): void {
  res.set('Cache-Control', 'no-store').set('ETag', entityTag(lead)).json(lead);
}

async function findLead(leads: LeadStore, req: Request): Promise<Lead> {
  const lead = await leads.find(String(req.params.id));
  if (!lead) throw unknownLead();
  return lead;
}

function answerMove(res: Response, result: MoveResult): void {
  switch (result.kind) {
    case 'moved':
      sendLead(res, result.lead);
      return;
    case 'unknown':
      throw unknownLead();
    case 'stale':
      throw new Problem('precondition-failed', { detail: 'Read the lead again, then decide.' });
    case 'refused': {
      const { from, to, allowed } = result;
      const detail =
        allowed.length > 0
          ? `From ${from} a lead can move to ${allowed.join(', ')}.`
          : `${from} is final: the lead moves no more.`;
      throw new Problem('transition-refused', { detail, from, to, allowed });
    }
  }
}

function moveLead({ leads }: RouteNeeds): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.id);
    if (!isId(id)) throw unknownLead();
    const parsed = parseTransition(req.body, requestLocale(req));
    if (!parsed.ok) throw new Problem('validation-failed', { errors: parsed.errors });
    const result = await leads.move({
      ...parsed.value,
      id,
      ifMatch: req.get('if-match'),
      actor: actorOf(res),
    });
    if (result.kind === 'moved') count.transition({ to: parsed.value.to });
    answerMove(res, result);
  };
}

function sendDemo(res: Response, { demo, sequence }: ScheduledDemo): void {
  res.set('Cache-Control', 'no-store').json({
    demo_at: demo.at.toISOString(),
    demo_minutes: demo.minutes,
    demo_location: demo.location,
    sequence,
  });
}

/** Sets the time of a demo, or changes it: the lead is told each time that it differs. */
function scheduleDemo({ demos }: RouteNeeds): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.id);
    if (!isId(id)) throw unknownLead();
    const parsed = parseDemoRequest(req.body, requestLocale(req));
    if (!parsed.ok) throw new Problem('validation-failed', { errors: parsed.errors });
    const result = await demos.schedule({ id, demo: parsed.value, actor: actorOf(res) });
    if (result.kind === 'unknown') throw unknownLead();
    if (result.kind === 'refused') {
      throw new Problem('demo-not-scheduled', { detail: 'Move the lead to demo_scheduled first.' });
    }
    sendDemo(res, result);
  };
}

function showDemo({ demos }: RouteNeeds): RequestHandler {
  return async (req, res) => {
    const found = await demos.find(String(req.params.id));
    if (!found) throw new Problem('not-found', { detail: 'There is no demo with a time for this lead.' });
    sendDemo(res, found);
  };
}

/** The addresses of pipeline (contract section 5). */
export function createRoutes(needs: RouteNeeds): Routes {
  const { db, leads, policy, stream } = needs;
  const reads = requireScope(db, 'leads:read');
  const writes = requireScope(db, 'leads:write');
  return {
    '/leads/:id': {
      get: [reads, async (req, res) => sendLead(res, await findLead(leads, req))],
    },
    '/leads/:id/transitions': {
      get: [
        reads,
        async (req, res) => {
          const { status } = await findLead(leads, req);
          res.set('Cache-Control', 'no-store').json({ status, allowed: allowedTransitions(status, policy) });
        },
      ],
      post: [writes, readBody(), moveLead(needs)],
    },
    '/leads/:id/demo': { get: [reads, showDemo(needs)], put: [writes, readBody(), scheduleDemo(needs)] },
    '/events': { get: [reads, stream.open] },
  };
}
