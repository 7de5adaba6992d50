/**
 * What node is started with for a service, before its `main.ts`: telemetry preloaded, a young generation of 4 MiB a
 * space, and an old one that is collected when it has grown by 60 %. Node's own choice for the young one grows to six
 * times that and never shrinks, which is half the memory of a service at rest; its choice for the old one lets garbage
 * lie until a multiple of what is alive has gathered. An export of a million leads adds 48 MiB so, 131 without the
 * second; intake at full load has 212, not 312, and takes as many bookings.
 */
export const nodeArguments: readonly string[] = [
  '--max-semi-space-size=4',
  '--heap-growing-percent=60',
  '--import',
  '@meander/telemetry/register',
];
