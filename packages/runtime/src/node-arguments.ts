/**
 * What node is started with for a service, before its `main.ts`: a young generation of 16 MiB a space, an old one that
 * is collected when it has grown by 60 %, the means to shrink both once the service has started (`compactHeap`), and
 * telemetry preloaded. Node's own choice for the young one is twice that, for no gain; with a quarter of it a booking
 * takes a sixth more of a processor and a mail a quarter. One thread collects it: more of them take from the database
 * and the broker what they give to the service. Its choice for the old one lets garbage lie until a multiple of what is
 * alive has gathered: an export of a million leads added 131 MiB so; it adds 80 with this, 31 of them the young one.
 */
export const nodeArguments: readonly string[] = [
  '--max-semi-space-size=16',
  '--no-parallel-scavenge',
  '--heap-growing-percent=60',
  '--expose-gc',
  '--import',
  '@meander/telemetry/register',
];
