import { actorOf } from '@meander/auth';
import { type PhoneRegion, parseContactCorrection } from '@meander/lead';
import type { Routes } from '@meander/runtime';
import type { Request, RequestHandler, Response } from 'express';
import type { LeadEditor } from '../../handlers/correct-lead.ts';
import type { PersonStore } from '../../handlers/erase-person.ts';
import { nameOf } from '../../pages/card.ts';
import { correctable, type LeadPageState, leadPage } from '../../pages/lead-page.ts';
import { boardTexts } from '../../pages/texts/index.ts';
import { unknownLead } from '../answers.ts';
import { leadId } from '../lead-routes.ts';
import type { MoveNeeds } from './move-routes.ts';
import { type BoardGuards, sessionOf } from './signed-in.ts';

export interface LeadPageNeeds extends MoveNeeds {
  editor: LeadEditor;
  phoneRegion: PhoneRegion;
  persons: PersonStore;
}

type Told = Pick<LeadPageState, 'notice' | 'correction' | 'demoForm' | 'eraseUnconfirmed'>;

const textsFor = (res: Response) => boardTexts[sessionOf(res).locale];

/** The lead's page with what a form on it has come to. */
export async function showLead(needs: LeadPageNeeds, req: Request, res: Response, told: Told): Promise<void> {
  const id = leadId(req);
  const [lead, timeline, demo] = await Promise.all([
    needs.leads.find(id),
    needs.timeline.of(id),
    needs.demos.find(id),
  ]);
  if (!lead || !timeline) throw unknownLead();
  const page = leadPage({ session: sessionOf(res), lead, timeline, demo, policy: needs.policy, ...told });
  res.type('html').send(page);
}

/** What a form on this page has come back with. */
async function noticeOf(needs: LeadPageNeeds, req: Request, res: Response): Promise<Told['notice']> {
  const t = textsFor(res);
  const done: Readonly<Record<string, string>> = {
    released: t.quarantine.released,
    saved: t.lead.saved,
    restored: t.lead.restored,
    demo: t.demo.saved,
    'demo-past': t.demo.savedPast,
    'demo-cancelled': t.demo.cancelled,
  };
  const text = Object.hasOwn(done, String(req.query.done)) ? done[String(req.query.done)] : undefined;
  if (text !== undefined) return { text, fault: false };
  if (req.query.moved === undefined) return null;
  const lead = await needs.leads.find(leadId(req));
  return lead ? { text: t.move.moved(nameOf(lead), t.statuses[lead.status]), fault: false } : null;
}

function correct(needs: LeadPageNeeds): RequestHandler {
  return async (req, res) => {
    const typed = req.body as Record<string, unknown>;
    const { locale } = sessionOf(res);
    const body = Object.fromEntries(
      correctable.flatMap((name) => (name in typed ? [[name, typed[name]]] : [])),
    );
    const parsed = parseContactCorrection(body, { locale, phoneRegion: needs.phoneRegion });
    const again = async (status: number, told: Told) => showLead(needs, req, res.status(status), told);
    if (!parsed.ok) {
      await again(422, { notice: null, correction: { typed, errors: parsed.errors } });
      return;
    }
    const id = leadId(req);
    const ifMatch = `"${String(typed.version)}"`;
    const result = await needs.editor.correct({ id, ifMatch, actor: actorOf(res), correction: parsed.value });
    if (result.kind === 'unknown') throw unknownLead();
    if (result.kind === 'corrected') res.redirect(303, `/board/leads/${id}?done=saved`);
    else {
      const notice = { text: textsFor(res).lead.stale, fault: true };
      await again(412, { notice, correction: { typed, errors: [] } });
    }
  };
}

function restore(needs: LeadPageNeeds): RequestHandler {
  return async (req, res) => {
    const id = leadId(req);
    const version = Number((req.body as Record<string, unknown>).version) || 0;
    const command = { id, ifMatch: undefined, actor: actorOf(res), version, fields: undefined };
    const result = await needs.editor.restore(command);
    if (result.kind === 'unknown') throw unknownLead();
    if (result.kind === 'corrected') res.redirect(303, `/board/leads/${id}?done=restored`);
    else {
      const notice = { text: textsFor(res).lead.noRestore, fault: true };
      await showLead(needs, req, res.status(409), { notice });
    }
  };
}

/** Erases the person (GDPR article 17), where the check mark says that this is meant. */
function erase(needs: LeadPageNeeds): RequestHandler {
  return async (req, res) => {
    if ((req.body as Record<string, unknown>).confirm !== 'yes') {
      const notice = { text: textsFor(res).erase.confirmFirst, fault: true };
      await showLead(needs, req, res.status(422), { notice, eraseUnconfirmed: true });
      return;
    }
    // Who erases a person means the person, whatever their lead says by now.
    const command = { id: leadId(req), ifMatch: undefined, actor: actorOf(res) };
    if ((await needs.persons.erase(command)).kind === 'unknown') throw unknownLead();
    res.redirect(303, '/board?done=erased');
  };
}

/** A lead's own page: read, correct, put back, erase. */
export function leadPageRoutes(needs: LeadPageNeeds, { reads, writes, erases }: BoardGuards): Routes {
  const show: RequestHandler = async (req, res) =>
    showLead(needs, req, res, { notice: await noticeOf(needs, req, res) });
  return {
    '/board/leads/:id': { get: [...reads, show] },
    '/board/leads/:id/edit': { post: [...writes, correct(needs)] },
    '/board/leads/:id/restore': { post: [...writes, restore(needs)] },
    '/board/leads/:id/erase': { post: [...erases, erase(needs)] },
  };
}
