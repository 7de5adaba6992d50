import { checkBody, type FieldError, judged, type Locale, ownFields, strictBody } from '@meander/lead';

/** What to put back: the change that made `version`, whole or by field. */
export interface RestoreRequest {
  version: number;
  fields: string[] | undefined;
}

const mostVersion = 2 ** 31 - 1;

const isVersion = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 2 && (value as number) <= mostVersion;

const isFieldList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');

/** The body of a restore. */
export const restoreSchema = strictBody({
  version: judged<number>((value) => (isVersion(value) ? { value } : { rule: 'version_of_a_change' }), {
    type: 'integer',
    minimum: 2,
    maximum: mostVersion,
  }).required(),
  fields: judged<string[] | undefined>(
    (value) => {
      if (value === null) return { value: undefined };
      return isFieldList(value) ? { value } : { rule: 'fields_of_a_change' };
    },
    { type: ['array', 'null'], items: { type: 'string' }, minItems: 1 },
  ),
});

/** Reads the body of a restore; every fault at once. */
export function parseRestore(
  body: Readonly<Record<string, unknown>>,
  locale: Locale,
): { ok: true; value: RestoreRequest } | { ok: false; errors: FieldError[] } {
  const given = ownFields(body);
  // Left out, it is told what to give, like any other version that there is not.
  const asked = checkBody<RestoreRequest>(
    restoreSchema,
    { ...given, version: given.version ?? null },
    { locale },
  );
  if (!asked.ok) return asked;
  return { ok: true, value: { version: asked.value.version, fields: asked.value.fields } };
}
