import { hash } from 'node:crypto';
import type { Transaction } from '@meander/runtime';
import type { Receipt, Submission } from '../domain/submission.ts';
import type { Acceptance } from '../handlers/submit-lead.ts';

type Idempotency = Submission['idempotency'];

const table = 'intake.idempotency_keys';

/** A key is kept as its hash: a client may have put anything into it. */
export const storedKey = (key: string) => hash('sha256', key, 'base64url');

/**
 * Claims the key for this transaction. Undefined: go on, it is new (or there is none). Otherwise the answer
 * that was given before; a parallel post with the same key waits here until the first has committed.
 */
export async function claimKey(trx: Transaction, idempotency: Idempotency): Promise<Acceptance | undefined> {
  if (!idempotency) return undefined;
  const key = storedKey(idempotency.key);
  const claimed = await trx(table)
    .insert({ key, request_hash: idempotency.requestHash })
    .onConflict('key')
    .ignore()
    .returning('key');
  if (claimed.length > 0) return undefined;
  const { request_hash, answer } = await trx(table).where({ key }).first('request_hash', 'answer');
  if (!idempotency.requestHash.equals(request_hash)) return { ok: false, reason: 'idempotency-key-reused' };
  return { ok: true, receipt: { maskedRef: answer.masked_ref, receivedAt: new Date(answer.received_at) } };
}

/** Keeps the answer for the key that this transaction has claimed. */
export async function keepAnswer(
  trx: Transaction,
  idempotency: Idempotency,
  receipt: Receipt,
): Promise<void> {
  if (!idempotency) return;
  const answer = JSON.stringify({ masked_ref: receipt.maskedRef, received_at: receipt.receivedAt });
  await trx(table)
    .where({ key: storedKey(idempotency.key) })
    .update({ answer });
}
