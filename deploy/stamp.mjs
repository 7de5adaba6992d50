/** Run by npm after each installation: notes for which lock file it was made, so that the commands know. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const at = (path) => new URL(`../${path}`, import.meta.url);
if (existsSync(at('package-lock.json')) && existsSync(at('node_modules/'))) {
  const lock = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex');
  writeFileSync(at('node_modules/.meander-installed'), lock);
}
