import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file that its owner alone can read, whoever could read the one that stood there. It is written beside and
 * takes the place of the old one at once: the mode of an existing file would stay, and so would whoever has it open.
 */
export function writePrivately(file: string, text: string): void {
  const fresh = `${file}.${process.pid}.new`;
  // What a start that was killed has left there would lend its mode.
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, file);
}
