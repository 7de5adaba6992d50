import { actorOf, type Guard } from '@meander/auth';
import { Problem, type Routes } from '@meander/runtime';
import type { RequestHandler } from 'express';
import { readQuarantineQuery } from '../domain/quarantine-query.ts';
import type { Cursors } from '../handlers/list-leads.ts';
import { listQuarantine, type Quarantine } from '../handlers/release-submission.ts';
import { queryOf, requestLocale, sendJson, sendLead, withParameters } from './answers.ts';

export interface QuarantineNeeds {
  requireScope: Guard;
  quarantine: Quarantine;
  cursors: Cursors;
}

function showQuarantine(needs: QuarantineNeeds): RequestHandler {
  return async (req, res) => {
    const page = await withParameters(() => listQuarantine(needs, readQuarantineQuery(queryOf(req))));
    sendJson(res, { items: page.items, next_cursor: page.nextCursor });
  };
}

function releaseSubmission({ quarantine }: QuarantineNeeds): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.id);
    const result = await quarantine.release({ id, actor: actorOf(res), locale: requestLocale(req) });
    switch (result.kind) {
      case 'released':
        res.location(`/leads/${result.lead.id}`);
        sendLead(res, result.lead);
        return;
      case 'unknown':
        throw new Problem('not-found', { detail: 'There is no quarantined submission with this id.' });
      case 'released-before':
        throw new Problem('released-before', { detail: 'The quarantine shows by whom, and the lead.' });
      case 'invalid':
        throw new Problem('validation-failed', { errors: result.errors });
    }
  };
}

/** Suspect submissions: look at them, and let the good ones through. */
export function quarantineRoutes(needs: QuarantineNeeds): Routes {
  return {
    '/quarantine': { get: [needs.requireScope('leads:read'), showQuarantine(needs)] },
    '/quarantine/:id/release': { post: [needs.requireScope('leads:write'), releaseSubmission(needs)] },
  };
}
