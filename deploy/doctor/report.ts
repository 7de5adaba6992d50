import type { Finding, Level } from './finding.ts';

const marks: Readonly<Record<Level, string>> = { ok: 'ok   ', note: 'note ', fault: 'MEND ' };

/** 0: nothing to mend. 1: something is. */
export function exitCode(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ level }) => level === 'fault') ? 1 : 0;
}

/** For people: by check, what to do below what is wrong, and how many at the end. */
export function asText(findings: readonly Finding[]): string {
  const checks = [...new Set(findings.map(({ check }) => check))];
  const lines = checks.flatMap((check) => [
    '',
    check,
    ...findings
      .filter((finding) => finding.check === check)
      .flatMap(({ level, says, mend }) => [
        `  ${marks[level]} ${says}`,
        ...(mend ? [`         → ${mend}`] : []),
      ]),
  ]);
  const faults = findings.filter(({ level }) => level === 'fault').length;
  const end = faults === 0 ? 'Nothing to mend.' : `${faults} to mend.`;
  return `${[...lines.slice(1), '', end].join('\n')}\n`;
}

/** For scripts: one JSON object. */
export function asJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: exitCode(findings) === 0, findings }, null, 2)}\n`;
}
