/** In the order of the seed; what is not named here leaves the database nowhere. */
export const leadColumns = [
  ...['id', 'first_name', 'last_name', 'email', 'phone', 'organization_name', 'role_title'],
  ...['organization_size', 'current_solution', 'preferred_demo_timing', 'notes', 'status', 'source'],
  ...['masked_ref', 'ip_address', 'confirmation_sent_at', 'created_at', 'updated_at', 'booking_count'],
  ...['last_booked_at', 'locale', 'version'],
];
