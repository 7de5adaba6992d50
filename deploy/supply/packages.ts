import { readFileSync } from 'node:fs';

/** A package of the lock file, installed once or more often in several versions. */
export interface LockedPackage {
  name: string;
  version: string;
  license: string;
  /** Part of what runs in production, and not of the tools alone. */
  production: boolean;
  /** Runs a script when it is installed, if npm lets it. */
  installScript: boolean;
  resolved: string;
  integrity: string;
}

interface LockEntry {
  version?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
  hasInstallScript?: boolean;
  resolved?: string;
  integrity?: string;
}

/** Every package of other people in package-lock.json, by name and version, each once. */
export function lockedPackages(lock = new URL('../../package-lock.json', import.meta.url)): LockedPackage[] {
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as { packages: Record<string, LockEntry> };
  const found = new Map<string, LockedPackage>();
  for (const [path, entry] of Object.entries(packages)) {
    const name = path.split('node_modules/').pop() ?? '';
    if (!path.includes('node_modules/') || entry.link) continue;
    const key = `${name}@${entry.version}`;
    found.set(key, {
      name,
      version: entry.version ?? '',
      license: entry.license ?? '',
      production: entry.dev !== true || (found.get(key)?.production ?? false),
      installScript: entry.hasInstallScript === true,
      resolved: entry.resolved ?? '',
      integrity: entry.integrity ?? '',
    });
  }
  return [...found.values()].sort(
    (one, other) => compare(one.name, other.name) || compare(one.version, other.version),
  );
}

/** By code unit, so that the order is the same in every locale. */
const compare = (one: string, other: string) => Number(one > other) - Number(one < other);
