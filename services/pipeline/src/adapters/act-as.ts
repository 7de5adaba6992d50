import type { Actor } from '@meander/auth';
import type { Transaction } from '@meander/runtime';

/** Names who does what follows in this transaction: the database writes it beside every change of a field. */
export async function actAs(trx: Transaction, actor: Actor): Promise<void> {
  await trx.raw("SELECT set_config('meander.actor', ?, true)", [actor.id]);
}
