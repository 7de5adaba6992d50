import {
  contactFieldNames,
  type FieldError,
  type Locale,
  messageFor,
  type Parsed,
  type PhoneRegion,
  parseSalesLead,
  parseStatus,
  type SalesLead,
  type Source,
  type Status,
  typedFields,
} from '@meander/lead';
import { textOfCell } from './csv-cell.ts';

/** A lead of another system, as its row told it. */
export interface ImportedLead {
  lead: SalesLead;
  /** `new` where the file does not say. */
  status: Status;
  /** What the row's known columns held, as the submission keeps it. */
  fields: Record<string, string>;
}

/** The columns that an import reads; any other is left aside. */
export const importColumns: readonly string[] = [...contactFieldNames, 'source', 'locale', 'status'];

/** A heading as a column's name: `First name` and `first-name` are `first_name`. */
export function columnName(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

/** Judges one row by the rules of a lead that sales enters; every fault at once. */
export function parseImportRow(
  row: Readonly<Record<string, string>>,
  options: { source: Source; locale: Locale; phoneRegion: PhoneRegion },
): Parsed<ImportedLead> {
  const given = importColumns.filter((name) => Object.hasOwn(row, name) && row[name]?.trim() !== '');
  const cells = Object.fromEntries(given.map((name) => [name, textOfCell(row[name] ?? '', name)]));
  const { status: statusText = 'new', ...contact } = cells;
  const parsed = parseSalesLead({ source: options.source, ...contact }, options);
  const status = parseStatus(statusText.trim());
  if (parsed.ok && status) {
    const fields = typedFields(cells, ['source', 'status']);
    return { ok: true, value: { lead: parsed.value, status, fields } };
  }
  const statusFault: FieldError = {
    field: 'status',
    rule: 'status_enum_constraint',
    message: messageFor('status_enum_constraint', options.locale),
  };
  return { ok: false, errors: [...(parsed.ok ? [] : parsed.errors), ...(status ? [] : [statusFault])] };
}
