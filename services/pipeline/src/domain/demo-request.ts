import {
  type Demo,
  demoFieldNames,
  type FieldError,
  type Locale,
  messageFor,
  parseDemo,
  type RuleName,
} from '@meander/lead';

/** Reads the body that sets a demo: a time is required, every fault comes at once (unknown_field among them). */
export function parseDemoRequest(
  body: Readonly<Record<string, unknown>>,
  locale: Locale,
): { ok: true; value: Demo } | { ok: false; errors: FieldError[] } {
  const fault = (field: string, rule: RuleName) => ({ field, rule, message: messageFor(rule, locale) });
  const demo = parseDemo(body, locale);
  const errors: FieldError[] = [
    ...(demo.ok && demo.value === null ? [fault('demo_at', 'required_fields_present')] : []),
    ...(demo.ok ? [] : demo.errors),
    ...Object.keys(body)
      .filter((field) => !(demoFieldNames as readonly string[]).includes(field))
      .map((field) => fault(field, 'unknown_field')),
  ];
  return demo.ok && demo.value && errors.length === 0
    ? { ok: true, value: demo.value }
    : { ok: false, errors };
}
