import { accepted } from './accepted.ts';
import type { Section } from './section.ts';

/** In the order in which they are measured and shown. */
export const sections: readonly Section[] = [accepted];
