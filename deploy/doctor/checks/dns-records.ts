import type { Resolver } from 'node:dns/promises';
import { codeOf } from '../finding.ts';

/** The records of a name; none where there is no such name. @throws where the DNS cannot be asked */
export async function records<T>(look: Promise<T[]>): Promise<T[]> {
  try {
    return await look;
  } catch (error) {
    if (['ENOTFOUND', 'ENODATA'].includes(codeOf(error))) return [];
    throw error;
  }
}

/** The TXT records of a name, each as one text. @throws where the DNS cannot be asked */
export async function texts(resolver: Resolver, name: string): Promise<string[]> {
  return (await records(resolver.resolveTxt(name))).map((pieces) => pieces.join(''));
}
