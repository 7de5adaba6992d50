import type { LockedPackage } from './packages.ts';

/** Licences under which a package may run in production: none asks anything of our own code. */
export const permissive: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
];

/** True where the SPDX expression leaves a choice that is permissive; `AND` asks for all of its parts. */
export function isPermissive(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  return bare
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((one) => permissive.includes(one.trim())));
}

const table = (packages: readonly LockedPackage[]) =>
  packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`).join('\n');

/** The page of licences, as `npm run licences` writes it. */
export function licencesPage(packages: readonly LockedPackage[]): string {
  const running = packages.filter(({ production }) => production);
  const tools = packages.filter(({ production }) => !production);
  return `# Licences of others

Written by \`npm run licences\` from \`package-lock.json\`; do not edit. What runs in production is permissive, every one of
it: \`test/supply.unit.test.ts\` refuses another licence, and a page that is not current.

## In production

| package | version | licence |
|---|---|---|
${table(running)}

## Tools, which are not part of what runs

| package | version | licence |
|---|---|---|
${table(tools)}
`;
}
