import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Options } from './options.ts';
import type { Round } from './round.ts';
import { count, toMarkdown } from './table.ts';

const file = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));
const marks = ['<!-- table: written by the command above -->', '<!-- end of table -->'] as const;

/** Puts the round's table into docs/faults.md, between its marks. @throws where the marks are missing */
export function writeDocs(round: Round, { long, only }: Pick<Options, 'long' | 'only'>): void {
  const text = readFileSync(file, 'utf8');
  const [begin, end] = marks.map((mark) => text.indexOf(mark));
  if (begin === undefined || end === undefined || begin < 0 || end < begin)
    throw new Error(`docs/faults.md has lost its marks: ${marks.join(' … ')}`);
  const { passed, failed, skipped } = count(round);
  const told = [
    `${only.length > 0 ? 'Some rows of the' : 'The'} ${long ? 'long' : 'bounded'} form, on ${round.servers.join(', ')}, in ${Math.round(round.seconds)} s:`,
    `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} not tried` : ''}.`,
  ].join(' ');
  const table = `${marks[0]}\n\n${told}\n\n${toMarkdown(round)}\n\n`;
  writeFileSync(file, text.slice(0, begin) + table + text.slice(end));
}
