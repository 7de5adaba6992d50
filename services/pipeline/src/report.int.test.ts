import type { Status } from '@meander/lead';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.db.raw('TRUNCATE leads CASCADE'));

const start = new Date('2026-03-01T08:00:00Z');
const minutes = (count: number) => new Date(start.getTime() + count * 60_000);

/** A lead created at `start` that made these moves, each so many minutes after the start. */
async function history(moves: [Status, number, object?][], created_at = start) {
  const lead = await rig.lead({ created_at, status: moves.at(-1)?.[0] ?? 'new' });
  let from: Status = 'new';
  for (const [index, [to, at, outcome = {}]] of moves.entries()) {
    await rig.db('pipeline.transitions').insert({
      ...{ id: rig.db.raw('gen_random_uuid()'), lead_id: lead.id, from_status: from, to_status: to },
      ...{ moved_by: rig.actor, moved_at: minutes(at), lead_version: index + 2 },
      ...outcome,
    });
    from = to;
  }
  return lead;
}

const report = (
  query: Record<string, unknown> = { created_after: '2026-03-01', created_before: '2026-03-02' },
) => rig.api().get('/pipeline').query(query);

describe('the pipeline report', () => {
  it('counts by status, conversion and medians, of the leads of the period', async () => {
    await history([]);
    await history([['contacted', 10]]);
    await history([
      ['contacted', 20],
      ['qualified', 50],
      ['converted', 60, { value_nok: 1000.5 }],
    ]);
    await history([
      ['contacted', 90],
      ['lost', 100, { reason_code: 'no_budget' }],
    ]);
    await history([['lost', 30]]);
    await history([['lost', 30]], new Date('2026-02-28T23:59:59.999Z'));
    await history([['lost', 30]], new Date('2026-03-02T00:00:00Z'));
    const sinceStart = () => (Date.now() - start.getTime()) / 1000;
    const before = sinceStart();
    const answer = await report();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      period: { created_after: '2026-03-01T00:00:00Z', created_before: '2026-03-02T00:00:00Z' },
      total: 5,
      counts: { new: 1, contacted: 1, qualified: 0, demo_scheduled: 0, converted: 1, lost: 2 },
      conversion: { of_all: 0.2, of_decided: 0.3333, value_nok: 1000.5 },
      lost_reasons: { no_budget: 1, not_given: 1 },
      lost_from: { new: 1, contacted: 1, qualified: 0, demo_scheduled: 0 },
      // new: 10, 20, 30 and 90 minutes; contacted: 30 and 10; qualified: 10.
      median_seconds_in_stage: { new: 25 * 60, contacted: 20 * 60, qualified: 600, demo_scheduled: null },
      first_response: { median_seconds: 25 * 60, waiting: 1 },
    });
    const waited = answer.body.first_response.longest_wait_seconds;
    // The clock of the database may be another one.
    expect(waited).toBeGreaterThan(before - 5);
    expect(waited).toBeLessThan(sinceStart() + 5);
  });

  it('of nothing is zeros, not errors', async () => {
    const { body } = await report();
    expect(body).toMatchObject({ total: 0, conversion: { of_all: null, of_decided: null, value_nok: 0 } });
    expect(body.first_response).toEqual({ median_seconds: null, waiting: 0, longest_wait_seconds: null });
  });

  it('is of the last 90 days where no period is asked for', async () => {
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
    await history([], ago(89));
    await history([], ago(91));
    expect((await report({})).body.total).toBe(1);
    expect((await report({ created_before: new Date().toISOString() })).body.total).toBe(2);
  });

  it('names a parameter that is not valid, and wants a key', async () => {
    for (const [name, value] of [
      ['created_after', 'x'],
      ['from', '2026-03-01'],
    ] as const) {
      const answer = await report({ [name]: value });
      expect([answer.status, answer.body.parameter]).toEqual([400, name]);
    }
    expect((await rig.anonymous().get('/pipeline')).status).toBe(401);
  });
});
