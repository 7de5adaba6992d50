/** The person of all examples, as a booking names them. */
export const exampleContact = {
  first_name: 'Kari',
  last_name: 'Nordmann',
  email: 'kari@example.no',
  phone: '406 12 345',
  organization_name: 'Fjellbygda frivilligsentral',
  role_title: 'Koordinator',
  organization_size: '11-50',
};
