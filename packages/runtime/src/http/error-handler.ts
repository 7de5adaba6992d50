import { activeTraceIds } from '@meander/telemetry';
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from '../logger.ts';
import { databaseFault } from '../postgres.ts';
import { Problem, type ProblemCode } from './problems.ts';

/** What body-parser and express throw, by the `type` or status that they give it. */
const parserProblems: Readonly<Record<string, ProblemCode>> = {
  'entity.parse.failed': 'malformed-json',
  'entity.too.large': 'body-too-large',
  'parameters.too.many': 'body-too-large',
  'charset.unsupported': 'unsupported-media-type',
  'encoding.invalid': 'invalid-encoding',
  'encoding.unsupported': 'unsupported-media-type',
  'request.aborted': 'malformed-request',
  'request.size.invalid': 'malformed-request',
  'stream.encoding.set': 'malformed-request',
};

/** Turns whatever was thrown into the problem that the caller is told. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (databaseFault(error)) {
    return databaseFault(error) === 'refused'
      ? new Problem('internal', {}, { cause: error })
      : new Problem(
          'unavailable',
          { detail: 'Please try again shortly.' },
          { headers: { 'Retry-After': '5' }, cause: error },
        );
  }
  const { type, status } = error as { type?: unknown; status?: unknown };
  const code = typeof type === 'string' ? parserProblems[type] : undefined;
  if (code) return new Problem(code, {}, { cause: error });
  if (status === 413) return new Problem('body-too-large', {}, { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Problem('malformed-request', {}, { cause: error });
  }
  return new Problem('internal', {}, { cause: error });
}

/** Writes a problem. A fault of ours carries the trace's id, by which its log line is found, and nothing else. */
export function sendProblem(res: Response, problem: Problem): void {
  res.locals.problem = problem.code;
  const ids = problem.status >= 500 ? activeTraceIds() : undefined;
  res
    .status(problem.status)
    .set(problem.headers)
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(ids ? { ...problem.toBody(), trace_id: ids.trace_id } : problem.toBody()));
}

/** A problem as a page for people, in the language of the request. */
export type ProblemPage = (problem: Problem, req: Request) => string;

/** Whether a browser asks for a page, and not a program for data. */
const wantsPage = (req: Request) => req.accepts(['application/problem+json', 'json', 'html']) === 'html';

/** The last handler of every app. */
export function errorHandler(logger: Logger, problemPage?: ProblemPage): ErrorRequestHandler {
  return (error, req, res, _next) => {
    const problem = toProblem(error);
    if (problem.status === 500) logger.error({ err: problem.cause ?? problem }, 'request failed');
    if (problem.status === 503) logger.warn({ err: problem.cause ?? problem }, 'request refused for now');
    if (res.headersSent) {
      res.destroy();
    } else if (problemPage && wantsPage(req)) {
      res.locals.problem = problem.code;
      res.status(problem.status).set(problem.headers).set('Cache-Control', 'no-store').type('html');
      res.send(problemPage(problem, req));
    } else {
      sendProblem(res, problem);
    }
  };
}
