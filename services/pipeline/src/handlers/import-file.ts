import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FieldError, Locale, PhoneRegion, Source } from '@meander/lead';
import { parse } from 'csv-parse';
import { columnName, type ImportedLead, importColumns, parseImportRow } from '../domain/import-row.ts';

/** Where imported leads go. */
export interface LeadImport {
  /** How many of these addresses have a lead already. */
  known(leads: readonly ImportedLead[]): Promise<number>;
  /**
   * Adds those that are new, each with its submission and LeadCreated, in one transaction. A known address stays as
   * it is, so that an import can be repeated. Tells how many were added.
   */
  add(leads: readonly ImportedLead[]): Promise<number>;
}

export interface ImportOptions {
  file: string;
  /** Where a row does not name its own source. */
  source: Source;
  /** Judges every row and asks which are known, and writes nothing. */
  dryRun: boolean;
  locale: Locale;
  phoneRegion: PhoneRegion;
  /** Hears of each row that is refused, with the line on which it begins. */
  onRefused: (line: number, errors: readonly FieldError[]) => void;
  /** Hears how much of the file has been read, 0 to 1. */
  onProgress: (share: number) => void;
}

export interface ImportResult {
  rows: number;
  added: number;
  /** Had a lead already, or stood in the file before. */
  known: number;
  refused: number;
  /** Columns that are none of ours. */
  ignoredColumns: string[];
}

/** A file that cannot be imported at all; the message says what to do. */
export class ImportFileError extends Error {}

const batch = 500;
/** As much of the file as tells how its columns are separated. */
const headLength = 64 * 1024;

/** Excel writes semicolons where the comma is the decimal sign. */
async function findDelimiter(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headLength), 0, headLength, 0);
    const [heading = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/);
    const times = (delimiter: string) => heading.split(delimiter).length;
    return [',', ';', '\t'].reduce((best, one) => (times(one) > times(best) ? one : best));
  } finally {
    await handle.close();
  }
}

interface Row {
  record: Record<string, string>;
  info: { lines: number; bytes: number };
}

async function readRows(file: string, onColumns: (columns: string[]) => void) {
  const parser = parse({
    bom: true,
    delimiter: await findDelimiter(file),
    columns: (headings: string[]) => {
      const columns = headings.map(columnName);
      onColumns(columns);
      return columns;
    },
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 256 * 1024,
  });
  // Decoded strictly: a file in another encoding would be stored as replacement characters.
  const text = Readable.toWeb(createReadStream(file)).pipeThrough(
    new TextDecoderStream('utf-8', { fatal: true }),
  );
  // What fails in the source fails in the parser as well, which the reader of the rows hears.
  pipeline(Readable.fromWeb(text), parser).catch(() => {});
  return parser as AsyncIterable<Row>;
}

/**
 * Reads a CSV file (UTF-8; comma, semicolon or tab) and adds its leads, in transactions of 500. Stopped halfway, it
 * can be run again: what it has added is known by then.
 *
 * @throws ImportFileError for a file without the needed columns, or that is no UTF-8 text or no CSV
 */
export async function importFile(leads: LeadImport, options: ImportOptions): Promise<ImportResult> {
  const result: ImportResult = { rows: 0, added: 0, known: 0, refused: 0, ignoredColumns: [] };
  const size = Math.max(1, (await stat(options.file)).size);
  const seen = new Set<string>();
  let waiting: ImportedLead[] = [];

  const flush = async () => {
    if (waiting.length === 0) return;
    const added = options.dryRun ? waiting.length - (await leads.known(waiting)) : await leads.add(waiting);
    result.added += added;
    result.known += waiting.length - added;
    waiting = [];
  };
  const rows = await readRows(options.file, (columns) => {
    const missing = ['first_name', 'last_name', 'email', 'organization_name', 'role_title'].filter(
      (name) => !columns.includes(name),
    );
    if (missing.length > 0) throw new ImportFileError(`The file has no column ${missing.join(', ')}.`);
    result.ignoredColumns = columns.filter((name) => !importColumns.includes(name));
  });

  let begins = 2;
  try {
    for await (const { record, info } of rows) {
      result.rows += 1;
      const parsed = parseImportRow(record, options);
      if (!parsed.ok) {
        result.refused += 1;
        options.onRefused(begins, parsed.errors);
      } else if (seen.has(parsed.value.lead.email)) {
        result.known += 1;
      } else {
        seen.add(parsed.value.lead.email);
        waiting.push(parsed.value);
        if (waiting.length === batch) await flush();
      }
      begins = info.lines + 1;
      options.onProgress(info.bytes / size);
    }
  } catch (error) {
    throw toFileError(error);
  }
  await flush();
  options.onProgress(1);
  return result;
}

function toFileError(error: unknown): unknown {
  const code = String((error as { code?: unknown }).code);
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return new ImportFileError('The file is not UTF-8. Save it as "CSV UTF-8" and try again.');
  if (code.startsWith('CSV_')) return new ImportFileError(`The file is not valid CSV (${code}).`);
  return error;
}
