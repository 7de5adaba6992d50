import { accepted } from './accepted.ts';
import { drain } from './drain.ts';
import { jobs } from './jobs.ts';
import { latency } from './latency.ts';
import { list } from './list.ts';
import { memory } from './memory.ts';
import { relay } from './relay.ts';
import type { Section } from './section.ts';
import { telemetry } from './telemetry.ts';

/** In the order in which they are measured and shown. */
export const sections: readonly Section[] = [accepted, telemetry, latency, drain, relay, list, jobs, memory];
