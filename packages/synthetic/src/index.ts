/** Made-up bookings that try the whole way, from the form to the mail server, and leave nothing behind. */

export { type Booked, bookSynthetic, type Journey, type JourneyOutcome } from './book-synthetic.ts';
export { createProbe, deriveSigningKey, type Probe, probeHeader, readProbe } from './probe.ts';
export { abandonedAfterSeconds, removeSynthetic } from './remove-synthetic.ts';
