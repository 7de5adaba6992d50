import { actorOf, type Guard } from '@meander/auth';
import { Problem, type Routes, readBody } from '@meander/runtime';
import type { RequestHandler, Response } from 'express';
import { parseDemoRequest } from '../domain/demo-request.ts';
import type { DemoStore, ScheduledDemo } from '../handlers/schedule-demo.ts';
import { requestLocale, sendJson, staleLead, unknownLead, valid } from './answers.ts';
import { leadId } from './lead-routes.ts';

export interface DemoNeeds {
  requireScope: Guard;
  demos: DemoStore;
}

function sendDemo(res: Response, { demo, sequence }: ScheduledDemo): void {
  sendJson(res, {
    demo_at: demo.at.toISOString(),
    demo_minutes: demo.minutes,
    demo_location: demo.location,
    sequence,
  });
}

/** Sets the time of a demo, or changes it: the lead is told each time that it differs. */
function scheduleDemo({ demos }: DemoNeeds): RequestHandler {
  return async (req, res) => {
    const id = leadId(req);
    const demo = valid(parseDemoRequest(req.body, requestLocale(req)));
    const result = await demos.schedule({ id, ifMatch: req.get('if-match'), demo, actor: actorOf(res) });
    if (result.kind === 'unknown') throw unknownLead();
    if (result.kind === 'refused') {
      throw new Problem('demo-not-scheduled', { detail: 'Move the lead to demo_scheduled first.' });
    }
    if (result.kind === 'stale') throw staleLead();
    sendDemo(res, result);
  };
}

const noDemo = () => new Problem('not-found', { detail: 'There is no demo with a time for this lead.' });

/** Calls the demo off: the lead is told, and its calendar forgets the appointment. */
function cancelDemo({ demos }: DemoNeeds): RequestHandler {
  return async (req, res) => {
    const command = { id: leadId(req), ifMatch: req.get('if-match'), actor: actorOf(res) };
    const result = await demos.cancel(command);
    if (result.kind === 'unknown') throw unknownLead();
    if (result.kind === 'stale') throw staleLead();
    if (result.kind !== 'cancelled') throw noDemo();
    res.set('Cache-Control', 'no-store').status(204).end();
  };
}

function showDemo({ demos }: DemoNeeds): RequestHandler {
  return async (req, res) => {
    const found = await demos.find(leadId(req));
    if (!found) throw noDemo();
    sendDemo(res, found);
  };
}

/** When a lead's demo takes place. */
export function demoRoutes(needs: DemoNeeds): Routes {
  return {
    '/leads/:id/demo': {
      get: [needs.requireScope('leads:read'), showDemo(needs)],
      put: [needs.requireScope('leads:write'), readBody(), scheduleDemo(needs)],
      delete: [needs.requireScope('leads:write'), cancelDemo(needs)],
    },
  };
}
