import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Report } from './report.ts';
import { summary, toMarkdown } from './table.ts';

const file = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
const marks = ['<!-- table: written by the command above -->', '<!-- end of table -->'] as const;

/** Puts the report's table into docs/performance.md, between its marks. @throws where the marks are missing */
export function writeDocs(report: Report): void {
  const text = readFileSync(file, 'utf8');
  const [begin, end] = marks.map((mark) => text.indexOf(mark));
  if (begin === undefined || end === undefined || begin < 0 || end < begin)
    throw new Error(`docs/performance.md has lost its marks: ${marks.join(' … ')}`);
  const { partial, short, runs, seconds, ground } = report;
  const told = [
    `${partial ? 'Some sections of the' : 'The'} ${short ? 'short' : 'full'} form, medians of ${runs} runs,`,
    `in ${Math.round(seconds)} s, on ${ground.join(', ')}. ${summary(report)}.`,
  ].join(' ');
  const table = `${marks[0]}\n\n${told}\n\n${toMarkdown(report)}\n\n`;
  writeFileSync(file, text.slice(0, begin) + table + text.slice(end));
}
