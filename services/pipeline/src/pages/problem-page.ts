import type { Problem, ProblemPage } from '@meander/runtime';
import { boardLocale } from '../routes/board/sign-in-routes.ts';
import { templates } from './templates.ts';
import { type BoardTexts, boardTexts } from './texts/index.ts';

const render = templates.compile<object>('problem');

function wordsOf({ status }: Problem, { problems }: BoardTexts): string[] {
  if (status === 403) return problems.forbidden;
  if (status === 404) return problems.notFound;
  return status >= 500 ? problems.fault : problems.other;
}

/** What a browser shows instead of problem+json: what happened and what to do. */
export const problemPage: ProblemPage = (problem, req) => {
  const locale = boardLocale(req);
  const t = boardTexts[locale];
  const [title, text] = wordsOf(problem, t);
  return render({ locale, title, text, back: t.board.back });
};
