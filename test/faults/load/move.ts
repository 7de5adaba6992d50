import { type Answer, send } from './http.ts';

/** One step of a lead to `contacted`, by sales. */
export interface Move {
  row: string;
  reference: string;
  /** Answered with 200; or, at a later try, found to have been made by an earlier one. */
  moved: boolean;
  answers: Answer[];
}

/** Looks the lead up by its reference and moves it, as a person at the board would. */
export async function tryMove(move: Move, urls: readonly string[], secret: string): Promise<void> {
  const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' };
  const found = await send(urls, `/leads/${move.reference}`, { headers });
  if (found.kind !== 'answered' || found.status !== 200) {
    move.answers.push(found);
    return;
  }
  const { id } = JSON.parse(found.body) as { id: string };
  const answer = await send(urls, `/leads/${id}/transitions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ to: 'contacted' }),
  });
  const lostBefore = move.answers.length > 0;
  move.answers.push(answer);
  if (answer.kind !== 'answered') return;
  move.moved = answer.status === 200 || (lostBefore && answer.status === 409);
}
