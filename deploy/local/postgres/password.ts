import { randomBytes, randomUUID } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { readIfThere } from './files.ts';

/**
 * The superuser's password from `file` (mode 0600), made at the first call. Of two that make it at once one wins,
 * and both return the winner's: a link, unlike a write, refuses to replace what is there and shows it whole.
 */
export async function rememberedPassword(file: string): Promise<string> {
  const known = await readIfThere(file);
  if (known) return known.trim();
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  try {
    await link(own, file).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(own);
  }
  return rememberedPassword(file);
}
