import type { FieldError, Locale } from '@meander/lead';
import { Problem } from '@meander/runtime';
import type { Request, Response } from 'express';
import { entityTag, type Lead, presentLead } from '../domain/lead.ts';
import { ParameterError, type Query } from '../domain/parameters.ts';

/** The language of the messages: English where the caller prefers it, else Norwegian. */
export const requestLocale = (req: Request): Locale =>
  req.acceptsLanguages(['en', 'nb', 'no', 'nn']) === 'en' ? 'en' : 'nb';

export const unknownLead = () => new Problem('not-found', { detail: 'There is no lead with this id.' });

export const staleLead = () =>
  new Problem('precondition-failed', { detail: 'Read the lead again, then decide.' });

/** Leads are personal data: no cache keeps an answer. */
export function sendJson(res: Response, body: unknown): void {
  res.set('Cache-Control', 'no-store').json(body);
}

export function sendLead(res: Response, lead: Lead): void {
  res.set('ETag', entityTag(lead));
  sendJson(res, presentLead(lead, new Date()));
}

/** Runs what reads parameters. @throws Problem 400 `invalid-parameter`, which names the parameter */
export async function withParameters<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new Problem('invalid-parameter', {
      detail: error.message,
      ...(error.parameter !== undefined && { parameter: error.parameter }),
    });
  }
}

export const queryOf = (req: Request) => req.query as Query;

/** The value of a body that was judged. @throws Problem 422 with every fault */
export function valid<T>(parsed: { ok: true; value: T } | { ok: false; errors: FieldError[] }): T {
  if (!parsed.ok) throw new Problem('validation-failed', { errors: parsed.errors });
  return parsed.value;
}
