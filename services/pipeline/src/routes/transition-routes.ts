import { actorOf, type Guard } from '@meander/auth';
import { allowedTransitions, type TransitionPolicy } from '@meander/lead';
import { Problem, type Routes, readBody } from '@meander/runtime';
import type { RequestHandler, Response } from 'express';
import { parseTransition } from '../domain/transition-request.ts';
import { measureMove } from '../handlers/measure-move.ts';
import type { LeadStore, MoveResult } from '../handlers/move-lead.ts';
import { requestLocale, sendJson, sendLead, staleLead, unknownLead, valid } from './answers.ts';
import { leadId } from './lead-routes.ts';

export interface TransitionNeeds {
  requireScope: Guard;
  leads: LeadStore;
  policy: TransitionPolicy;
}

function answerMove(res: Response, result: MoveResult): void {
  switch (result.kind) {
    case 'moved':
      sendLead(res, result.lead);
      return;
    case 'unknown':
      throw unknownLead();
    case 'stale':
      throw staleLead();
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

function moveLead({ leads }: TransitionNeeds): RequestHandler {
  return async (req, res) => {
    const id = leadId(req);
    const request = valid(parseTransition(req.body, requestLocale(req)));
    const result = await leads.move({
      ...request,
      id,
      ifMatch: req.get('if-match'),
      actor: actorOf(res),
    });
    if (result.kind === 'moved') measureMove(result);
    answerMove(res, result);
  };
}

function showTransitions({ leads, policy }: TransitionNeeds): RequestHandler {
  return async (req, res) => {
    const lead = await leads.find(String(req.params.id));
    if (!lead) throw unknownLead();
    sendJson(res, { status: lead.status, allowed: allowedTransitions(lead.status, policy) });
  };
}

/** Where a lead may move, and moving it (seed rule status_transition_ordering). */
export function transitionRoutes(needs: TransitionNeeds): Routes {
  return {
    '/leads/:id/transitions': {
      get: [needs.requireScope('leads:read'), showTransitions(needs)],
      post: [needs.requireScope('leads:write'), readBody(), moveLead(needs)],
    },
  };
}
