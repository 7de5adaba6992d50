import { actorOf, type Guard } from '@meander/auth';
import type { Route, Routes } from '@meander/runtime';
import type { PersonStore } from '../handlers/erase-person.ts';
import { sendJson, staleLead, unknownLead } from './answers.ts';
import { leadId } from './lead-routes.ts';

export interface PersonNeeds {
  requireScope: Guard;
  persons: PersonStore;
}

/** `/leads/:id/personal-data`: what is kept of a person. */
export function personRoutes({ requireScope, persons }: PersonNeeds): Routes {
  return {
    '/leads/:id/personal-data': {
      get: [
        requireScope('leads:read'),
        async (req, res) => {
          const data = await persons.collect(leadId(req));
          if (!data) throw unknownLead();
          sendJson(res, data);
        },
      ],
    },
  };
}

/**
 * `DELETE /leads/:id`: erasure. 204; 404 for an unknown lead and for one that is gone already; 412 under an If-Match
 * that names another version than the lead's.
 */
export function eraseLead({ requireScope, persons }: PersonNeeds): Route {
  return {
    delete: [
      requireScope('leads:erase'),
      async (req, res) => {
        const command = { id: leadId(req), ifMatch: req.get('if-match'), actor: actorOf(res) };
        const { kind } = await persons.erase(command);
        if (kind === 'unknown') throw unknownLead();
        if (kind === 'stale') throw staleLead();
        res.set('Cache-Control', 'no-store').status(204).end();
      },
    ],
  };
}
