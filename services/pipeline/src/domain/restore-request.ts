import { type FieldError, type Locale, messageFor, type RuleName } from '@meander/lead';

/** What to put back: the change that made `version`, whole or by field. */
export interface RestoreRequest {
  version: number;
  fields: string[] | undefined;
}

const isVersion = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 2 && (value as number) < 2 ** 31;

const isFieldList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');

/** Reads the body of a restore; every fault at once. */
export function parseRestore(
  { version, fields, ...others }: Readonly<Record<string, unknown>>,
  locale: Locale,
): { ok: true; value: RestoreRequest } | { ok: false; errors: FieldError[] } {
  const fault = (field: string, rule: RuleName): FieldError => ({
    field,
    rule,
    message: messageFor(rule, locale),
  });
  const hasFields = fields !== undefined && fields !== null;
  const errors = Object.keys(others).map((field) => fault(field, 'unknown_field'));
  if (!isVersion(version)) errors.unshift(fault('version', 'version_of_a_change'));
  if (hasFields && !isFieldList(fields)) errors.push(fault('fields', 'fields_of_a_change'));
  return errors.length === 0
    ? {
        ok: true,
        value: { version: version as number, fields: hasFields ? (fields as string[]) : undefined },
      }
    : { ok: false, errors };
}
