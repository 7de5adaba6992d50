import { randomUUID } from 'node:crypto';

/** A valid body of the booking form, with an address that no other test has. */
export function bookingBody(overlay: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    first_name: 'Kari',
    last_name: 'Nordmann',
    email: `kari.${randomUUID().slice(0, 8)}@example.com`,
    phone: '406 12 345',
    organization_name: 'Fjellbygda frivilligsentral',
    role_title: 'Koordinator',
    organization_size: '11-50',
    current_solution: 'Excel og Word-skjemaer',
    preferred_demo_timing: 'Ukedager etter kl. 13',
    notes: 'Vi er 14 likepersoner i dag.',
    ...overlay,
  };
}
