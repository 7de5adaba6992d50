import type { Locale } from '@meander/lead';
import { type BoardTexts, en } from './en.ts';
import { nb } from './nb.ts';

export type { BoardTexts };

/** Everything that the board says, by language. */
export const boardTexts: Readonly<Record<Locale, BoardTexts>> = { nb, en };
