import type { Knex } from 'knex';

/**
 * Leads as the booking form would have left them, in one statement: 40 first names, 50 last names and a town each,
 * over two years and all statuses. Twenty are called Øverland, however many there are. No name holds `qx` or `zzyzx`. Names are drawn by a hash: in turn they
 * would stand in groups so even that the planner's histogram cuts them in the same place every time.
 *
 * @param mark begins every address, so that a second call adds others
 */
export async function seedLeads(db: Knex, count: number, mark: string): Promise<void> {
  await db.raw(
    `INSERT INTO leads (id, masked_ref, email, first_name, last_name, phone, organization_name, role_title,
       organization_size, current_solution, notes, status, source, locale, created_at, updated_at, last_booked_at)
     SELECT gen_random_uuid(), translate(substr(md5(:mark || n), 1, 22), '0', 'z'), :mark || '.' || n || '@example.com',
       (array['Kari','Ola','Ingrid','Lars','Anne','Per','Marit','Nils','Liv','Knut'])[1 + h % 10]
         || (array['',' Marie',' Johan',' Sofie'])[1 + h / 10 % 4],
       CASE WHEN n % greatest(:count / 20, 1) = 0 THEN 'Øverland'
         ELSE (array['Nordmann','Hansen','Berg','Dahl','Moen'])[1 + h / 40 % 5]
           || (array['','sen','stad','vik','lund','haug','nes','rud','eng','li'])[1 + h / 200 % 10] END,
       '+47406' || lpad((n % 100000)::text, 5, '0'),
       (array['Fjellbygda','Sjøvik','Storås','Lillevann','Høydalen'])[1 + h / 2000 % 5]
         || (array[' frivilligsentral',' kommune',' lag',' forening'])[1 + h / 10000 % 4] || ' ' || h % 997,
       'Koordinator', (array['1-10','11-50','51-200','201-1000','1001+'])[1 + h / 3 % 5], 'Excel og Word-skjemaer',
       'Vi er 14 likepersoner i dag.',
       (array['new','contacted','qualified','demo_scheduled','converted','lost'])[1 + h / 7 % 6],
       (array['website','referral','event','partner'])[1 + h / 11 % 4], 'nb', at, at, at
     FROM (SELECT n, (hashint4extended(n, 0) & 1073741823)::int AS h,
         clock_timestamp() - n * (interval '2 years' / :count) AS at
       FROM generate_series(1, :count::int) AS n) AS made`,
    { mark, count },
  );
}

/** So many confirmations that are due now, each to a lead of its own. */
export async function seedDeliveries(db: Knex, count: number, mark: string): Promise<void> {
  await seedLeads(db, count, mark);
  await db.raw(
    `INSERT INTO notification.deliveries (id, event_id, lead_id, template, message_id)
     SELECT gen_random_uuid(), gen_random_uuid(), id, 'confirmation', '<' || gen_random_uuid() || '@meander.example>'
     FROM leads WHERE email LIKE :mark || '.%'`,
    { mark },
  );
}

/**
 * So many events of new leads that wait for the broker, as big as intake writes them.
 *
 * @param type with a durable queue behind it, or (`LeadErased`) with nobody who must hear it
 */
export async function seedOutbox(db: Knex, count: number, type: 'LeadCreated' | 'LeadErased'): Promise<void> {
  await db.raw(
    `INSERT INTO messaging.outbox (event_id, type, routing_key, subject, event)
     SELECT id, :type, CASE :type WHEN 'LeadCreated' THEN 'lead.created' ELSE 'lead.erased' END, id,
       jsonb_build_object('specversion', '1.0', 'id', id, 'type', :type::text, 'source', '/meander/intake',
         'subject', id, 'time', clock_timestamp(), 'datacontenttype', 'application/json',
         'dataschema', 'urn:meander:event:' || :type || ':1', 'data', jsonb_build_object('version', 1,
           'status', 'new', 'booking_count', 1, 'submission_id', id, 'booked_at', clock_timestamp()))
     FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, :count::int)) AS made`,
    { count, type },
  );
}
