import {
  createId,
  createMaskedRef,
  organizationSizes,
  sources,
  statuses,
  syntheticDomain,
} from '@meander/lead';
import type { Database, Transaction } from '@meander/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCountChanges } from './adapters/count-changes.ts';
import { createLeadCounts } from './adapters/lead-counts.ts';
import { createPipelineCounter } from './adapters/pipeline-counter.ts';
import { createWeekCounter } from './adapters/week-counter.ts';
import type { LeadFilter } from './domain/lead-query.ts';
import { type Rig, startRig } from './test-rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.db.raw('TRUNCATE leads CASCADE'));

const everything: LeadFilter = {
  ...{ statuses: [], source: null, organizationSize: null, search: null },
  ...{ createdAfter: null, createdBefore: null },
};
const filters: LeadFilter[] = [
  everything,
  { ...everything, statuses: ['lost', 'new'] },
  { ...everything, source: 'event' },
  { ...everything, organizationSize: '11-50' },
  { ...everything, source: 'website', organizationSize: '1-10', statuses: ['contacted'] },
];
/** Ends at and beside midnight in Oslo, in winter and summer, on one day, and the wrong way round. */
const periods: [string | null, string | null][] = [
  [null, null],
  ['2026-01-10T12:00:00Z', null],
  [null, '2026-07-02T22:00:00Z'],
  ['2026-01-09T23:00:00Z', '2026-07-01T22:00:00Z'],
  ['2026-01-09T22:59:59.999999Z', '2026-07-01T21:59:59.999999Z'],
  ['2026-01-10T10:00:00Z', '2026-01-11T10:00:00Z'],
  ['2026-01-10T10:00:00Z', '2026-01-10T15:00:00Z'],
  ['2026-01-10T10:00:00Z', '2026-01-10T23:00:00Z'],
  ['2026-07-01T00:00:00Z', '2026-01-01T00:00:00Z'],
];
const moments = [
  ...['2025-06-01T10:00:00Z', '2026-01-09T22:59:59.999999Z', '2026-01-09T23:00:00Z', '2026-01-10T10:00:00Z'],
  ...['2026-01-10T14:59:59Z', '2026-01-10T22:59:59Z', '2026-01-10T23:00:00Z', '2026-01-12T06:00:00Z'],
  ...['2026-03-29T01:30:00Z', '2026-07-01T21:59:59.999999Z', '2026-07-01T22:00:00Z', '2026-07-02T22:00:00Z'],
];

const pick = <T>(choices: readonly T[]) => choices[Math.floor(Math.random() * choices.length)] as T;
const made = (overlay: object = {}) => ({
  ...{ id: createId(), masked_ref: createMaskedRef(), email: `${createId()}@example.com` },
  ...{ first_name: 'Kari', last_name: 'Moe', organization_name: 'Moe AS', role_title: 'Koordinator' },
  ...{ status: pick(statuses), source: pick(sources), organization_size: pick([null, ...organizationSizes]) },
  created_at: pick(moments),
  ...overlay,
});

const sorted = (rows: object[]) => rows.map((row) => JSON.stringify(row)).sort();
const present = (rows: { count: number }[]) => sorted(rows.filter(({ count }) => count !== 0));
const isReal = 'id NOT IN (SELECT lead_id FROM synthetic_leads)';

/** What the leads themselves say, one by one. */
async function counted(trx: Database) {
  const answers: object[] = [];
  for (const { statuses: only, source, organizationSize } of filters) {
    const { rows } = await trx.raw(
      `SELECT status, count(*)::int AS count FROM leads WHERE ${isReal} AND (:any OR status = ANY(:only))
         AND (:source::text IS NULL OR source = :source)
         AND (:organizationSize::text IS NULL OR organization_size = :organizationSize) GROUP BY 1`,
      { any: only.length === 0, only: [...only], source, organizationSize },
    );
    answers.push(sorted(rows));
  }
  for (const [from, to] of periods) {
    const within = async (select: string) => {
      const { rows } = await trx.raw(
        `SELECT ${select}, count(*)::int AS count FROM leads WHERE ${isReal}
           AND created_at >= coalesce(:from::timestamptz, '-infinity')
           AND created_at < coalesce(:to::timestamptz, 'infinity') GROUP BY ${select}`,
        { from, to },
      );
      return sorted(rows);
    };
    const week = `to_char(date_trunc('week', created_at AT TIME ZONE 'Europe/Oslo'), 'YYYY-MM-DD')`;
    answers.push(
      await within('status'),
      (await within(`${week}, source`)).map((row) => row.replace('to_char', 'week')),
    );
  }
  return answers;
}

/** What the service says. */
async function told(trx: Database) {
  const answers: object[] = [];
  for (const filter of filters) {
    const counts = await createLeadCounts(trx).of(filter);
    answers.push(present(statuses.map((status) => ({ status, count: counts[status] }))));
  }
  for (const [createdAfter, createdBefore] of periods) {
    const { counts } = await createPipelineCounter(trx).count({ createdAfter, createdBefore });
    answers.push(
      present(counts),
      sorted(await createWeekCounter(trx).count({ createdAfter, createdBefore })),
    );
  }
  return answers;
}

/** In one snapshot, whatever others do meanwhile. */
const compare = () =>
  rig.db.transaction(
    async (trx: Transaction) => {
      expect(await told(trx)).toEqual(await counted(trx));
    },
    { isolationLevel: 'repeatable read' },
  );

const fold = () => createCountChanges(rig.db).fold();
const changesLeft = () => rig.db('pipeline.lead_count_changes').select();
/** Also where the service is about it at this moment. */
const foldAll = async () => {
  while ((await changesLeft()).length > 0) await fold();
};
const someId = () => rig.db('leads').orderByRaw('random()').first('id', 'email', 'status');

describe('the counts that are kept', () => {
  it('are those of the leads, before they are folded and after', async () => {
    await rig.db('leads').insert(Array.from({ length: 600 }, () => made()));
    await compare();
    await foldAll();
    await compare();
    await rig.db('leads').whereIn('status', ['new', 'contacted']).update({ status: 'qualified' });
    await rig.db('leads').where({ source: 'event' }).delete();
    await compare();
    await foldAll();
    await compare();
  });

  it('leave out made-up leads', async () => {
    const lead = made({ email: `canary@${syntheticDomain}`, status: 'new', organization_size: null });
    await rig.db('leads').insert([lead, made({ status: 'new' })]);
    await compare();
    await rig.db('leads').where({ id: lead.id }).update({ status: 'lost', organization_size: '1-10' });
    await compare();
    await rig.db.raw('SELECT remove_synthetic_lead(?)', [lead.id]);
    await compare();
    expect((await createLeadCounts(rig.db).of(everything)).new).toBe(1);
  });

  it('are none once all leads are gone', async () => {
    await rig.db('leads').insert([made(), made()]);
    await foldAll();
    await rig.db('leads').insert(made());
    await rig.db.raw('TRUNCATE leads CASCADE');
    await compare();
  });

  it('are not touched by a change that they do not show', async () => {
    const lead = await rig.lead();
    await foldAll();
    await rig.db('leads').where({ id: lead.id }).update({ notes: 'x', status: 'new', booking_count: 2 });
    expect(await changesLeft()).toEqual([]);
  });

  it('are exact at every moment while leads are booked, booked again, moved, erased and counts folded', async () => {
    let [isOver, changes] = [false, 0];
    const emails = Array.from({ length: 80 }, (_, n) => `kari${n}@example.com`);
    const until = async (work: () => Promise<unknown>) => {
      while (!isOver) {
        await work();
        changes += 1;
      }
    };
    const book = () => {
      const booked = [...new Set([pick(emails), pick(emails), pick(emails)])].sort();
      return rig
        .db('leads')
        .insert(booked.map((email) => made({ email, status: 'new' })))
        .onConflict('email')
        .merge(['organization_size', 'notes']);
    };
    const move = async () => {
      const lead = await someId();
      const to = pick(statuses);
      // The database refuses a backward move.
      if (lead)
        await rig
          .db('leads')
          .where({ id: lead.id })
          .update({ status: to })
          .catch(() => {});
    };
    const erase = async () => {
      const lead = await someId();
      if (lead && Math.random() < 0.3) await rig.db('leads').where({ id: lead.id }).delete();
      else
        await rig.db
          .transaction(async (trx) => {
            await trx('leads').insert(made());
            throw new Error('undone');
          })
          .catch(() => {});
    };
    const others = [until(book), until(move), until(erase), until(fold), until(fold)];
    try {
      for (let round = 0; round < 25 || changes <= 100; round += 1) await compare();
    } finally {
      isOver = true;
      await Promise.all(others);
    }
    await compare();
  });
});
