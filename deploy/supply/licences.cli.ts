import { writeFileSync } from 'node:fs';
import { licencesPage } from './licences.ts';
import { lockedPackages } from './packages.ts';

/** `npm run licences`: writes docs/licences.md from the lock file. */
const packages = lockedPackages();
writeFileSync(new URL('../../docs/licences.md', import.meta.url), licencesPage(packages));
process.stdout.write(`Listed ${packages.length} packages in docs/licences.md.\n`);
