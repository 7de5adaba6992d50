import { actorOf, type Guard } from '@meander/auth';
import { type PhoneRegion, parseSalesLead, typedFields } from '@meander/lead';
import { type Routes, readBody } from '@meander/runtime';
import { presentLead } from '../domain/lead.ts';
import { readLeadQuery } from '../domain/lead-query.ts';
import type { LeadEntry } from '../handlers/enter-lead.ts';
import { type Cursors, type LeadList, listLeads } from '../handlers/list-leads.ts';
import { queryOf, requestLocale, sendJson, sendLead, valid, withParameters } from './answers.ts';

export interface ListNeeds {
  requireScope: Guard;
  list: LeadList;
  cursors: Cursors;
  entry: LeadEntry;
  phoneRegion: PhoneRegion;
}

/** `/leads`: the list with its search, and leads that sales enters itself. */
export function listRoutes(needs: ListNeeds): Routes {
  const { requireScope, entry, phoneRegion } = needs;
  return {
    '/leads': {
      get: [
        requireScope('leads:read'),
        async (req, res) => {
          const page = await withParameters(() => listLeads(needs, readLeadQuery(queryOf(req))));
          const now = new Date();
          sendJson(res, {
            items: page.leads.map((lead) => presentLead(lead, now)),
            next_cursor: page.nextCursor,
          });
        },
      ],
      post: [
        requireScope('leads:write'),
        readBody(),
        async (req, res) => {
          const lead = valid(parseSalesLead(req.body, { locale: requestLocale(req), phoneRegion }));
          const fields = typedFields(req.body, ['source']);
          const entered = await entry.enter({ lead, fields, actor: actorOf(res) });
          res.status(entered.isNew ? 201 : 200).location(`/leads/${entered.lead.id}`);
          sendLead(res, entered.lead);
        },
      ],
    },
  };
}
