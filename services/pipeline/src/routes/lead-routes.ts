import { actorOf, type Guard } from '@meander/auth';
import { isId, type PhoneRegion, parseContactCorrection } from '@meander/lead';
import { Problem, type Routes, readBody } from '@meander/runtime';
import type { Request, RequestHandler, Response } from 'express';
import { parseRestore } from '../domain/restore-request.ts';
import type { LeadEditor, RestoreResult } from '../handlers/correct-lead.ts';
import type { LeadStore } from '../handlers/move-lead.ts';
import type { Timeline } from '../handlers/show-timeline.ts';
import { requestLocale, sendJson, sendLead, staleLead, unknownLead, valid } from './answers.ts';

export interface LeadNeeds {
  requireScope: Guard;
  leads: LeadStore;
  editor: LeadEditor;
  timeline: Timeline;
  phoneRegion: PhoneRegion;
}

/** The lead's id of the path, in the one spelling that events and histories have. @throws Problem 404 for what cannot be one */
export function leadId(req: Request): string {
  const id = String(req.params.id);
  if (!isId(id)) throw unknownLead();
  return id.toLowerCase();
}

function answerCorrection(res: Response, result: RestoreResult): void {
  switch (result.kind) {
    case 'corrected':
      sendLead(res, result.lead);
      return;
    case 'unknown':
      throw unknownLead();
    case 'stale':
      throw staleLead();
    case 'no-such-change':
      throw new Problem('not-found', {
        detail: 'That version of the lead overwrote nothing of this. The timeline names the changes.',
      });
  }
}

function showLead({ leads }: LeadNeeds): RequestHandler {
  return async (req, res) => {
    const lead = await leads.find(String(req.params.id));
    if (!lead) throw unknownLead();
    sendLead(res, lead);
  };
}

function correctLead({ editor, phoneRegion }: LeadNeeds): RequestHandler {
  return async (req, res) => {
    const id = leadId(req);
    const correction = valid(parseContactCorrection(req.body, { locale: requestLocale(req), phoneRegion }));
    const command = { id, ifMatch: req.get('if-match'), actor: actorOf(res) };
    answerCorrection(res, await editor.correct({ ...command, correction }));
  };
}

function restoreLead({ editor }: LeadNeeds): RequestHandler {
  return async (req, res) => {
    const id = leadId(req);
    const asked = valid(parseRestore(req.body, requestLocale(req)));
    const command = { id, ifMatch: req.get('if-match'), actor: actorOf(res) };
    answerCorrection(res, await editor.restore({ ...command, ...asked }));
  };
}

function showTimeline({ timeline }: LeadNeeds): RequestHandler {
  return async (req, res) => {
    const entries = await timeline.of(leadId(req));
    if (!entries) throw unknownLead();
    sendJson(res, { items: entries });
  };
}

/** One lead: read, correct, restore, and what has happened to it. */
export function leadRoutes(needs: LeadNeeds): Routes {
  const reads = needs.requireScope('leads:read');
  const writes = needs.requireScope('leads:write');
  return {
    '/leads/:id': { get: [reads, showLead(needs)], patch: [writes, readBody(), correctLead(needs)] },
    '/leads/:id/restore': { post: [writes, readBody(), restoreLead(needs)] },
    '/leads/:id/timeline': { get: [reads, showTimeline(needs)] },
  };
}
