interface Report {
  vulnerabilities?: Record<string, { severity: string; range?: string }>;
  metadata?: { vulnerabilities?: Record<string, number> };
}

const failing = new Set(['high', 'critical']);

function parse(output: string): Report | undefined {
  try {
    return JSON.parse(output) as Report;
  } catch {
    return undefined;
  }
}

/**
 * Judges what `npm audit --json` printed: not ok with a finding of severity high or critical. An answer without a
 * count of findings means that the registry was not asked (away, or without that service), which is told and passes.
 */
export function judgeAudit(output: string): { ok: boolean; lines: string[] } {
  const report = parse(output);
  const counts = report?.metadata?.vulnerabilities;
  if (!counts) {
    return { ok: true, lines: ['NOT CHECKED: the registry did not answer the audit. Try again later.'] };
  }
  const found = Object.entries(report?.vulnerabilities ?? {}).filter(([, { severity }]) =>
    failing.has(severity),
  );
  const lines = found.map(([name, { severity, range }]) => `${severity}: ${name} ${range ?? ''}`.trimEnd());
  return {
    ok: found.length === 0,
    lines:
      lines.length > 0 ? lines : [`No vulnerability of severity high or above (${counts.total ?? 0} below).`],
  };
}
