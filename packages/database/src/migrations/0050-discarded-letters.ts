import type { Knex } from 'knex';

/**
 * Which dead letters somebody threw away, when and why: the one thing about a message that must outlive it. The
 * message itself is not kept, since nobody could say what is in it; its hash tells whether a copy that turns up is
 * the same. Nothing but the schema's owner changes or removes a row.
 */
export async function up(trx: Knex): Promise<void> {
  await trx.raw(`
    CREATE TABLE messaging.discarded_letters (
      id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      letter_id    text NOT NULL,
      queue        text,
      dead_reason  text NOT NULL,
      size_bytes   int NOT NULL,
      sha256       text NOT NULL,
      why          text NOT NULL,
      discarded_by text NOT NULL,
      discarded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT letter_id_length CHECK (char_length(letter_id) BETWEEN 1 AND 100),
      CONSTRAINT why_length CHECK (char_length(why) BETWEEN 1 AND 500),
      CONSTRAINT discarded_by_length CHECK (char_length(discarded_by) BETWEEN 1 AND 100)
    )`);
  await trx.raw('CREATE INDEX discarded_letters_by_letter ON messaging.discarded_letters (letter_id)');
  await trx.raw('GRANT SELECT ON messaging.discarded_letters TO meander_messaging');
  await trx.raw(`
    GRANT INSERT (letter_id, queue, dead_reason, size_bytes, sha256, why, discarded_by)
    ON messaging.discarded_letters TO meander_messaging`);
}
