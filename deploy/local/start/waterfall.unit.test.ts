import { describe, expect, it } from 'vitest';
import type { Span } from './otlp.ts';
import { labelOf, toWaterfall } from './waterfall.ts';

const span = (overlay: Partial<Span>): Span => ({
  service: 'intake',
  traceId: 't',
  spanId: 'a',
  parentSpanId: '',
  name: 'work',
  kind: 1,
  start: 1_000,
  end: 1_010,
  failed: false,
  attributes: {},
  ...overlay,
});

describe('a waterfall', () => {
  it('puts each span below its parent, in the order of their starts', () => {
    const { rows, duration, title, services } = toWaterfall([
      span({ spanId: 'c', parentSpanId: 'a', name: 'second', start: 1_006, end: 1_040, service: 'pipeline' }),
      span({ spanId: 'd', parentSpanId: 'b', name: 'grandchild', start: 1_003 }),
      span({ spanId: 'b', parentSpanId: 'a', name: 'first', start: 1_002 }),
      span({ spanId: 'a', parentSpanId: 'of the caller', name: 'POST /leads', kind: 2 }),
    ]);
    expect(rows.map(({ label, depth, offset }) => [label, depth, offset])).toEqual([
      ['POST /leads', 0, 0],
      ['first', 1, 2],
      ['grandchild', 2, 3],
      ['second', 1, 6],
    ]);
    expect({ duration, title, services }).toEqual({
      duration: 40,
      title: 'POST /leads',
      services: ['intake', 'pipeline'],
    });
  });

  it('shows a span whose parent has not arrived at the top', () => {
    expect(toWaterfall([span({ parentSpanId: 'later' })]).rows).toHaveLength(1);
  });

  it.each([
    [{ failed: true }, true],
    [{ attributes: { 'http.response.status_code': '503' } }, true],
    [{ attributes: { 'http.response.status_code': '422' } }, false],
    [{ attributes: { 'meander.smtp.code': '550', 'meander.outcome': 'rejected' } }, true],
    [{ attributes: { 'meander.smtp.code': '250', 'meander.outcome': 'accepted' } }, false],
  ])('says whether it failed: %o', (overlay, failed) => {
    expect(toWaterfall([span(overlay)]).failed).toBe(failed);
  });

  it.each([
    ['insert into "intake"."submissions" ("id") values ($1)', 'INSERT intake.submissions'],
    ['\n  UPDATE notification.deliveries\n  SET state = $1', 'UPDATE notification.deliveries'],
    ['select "id", "email" from "leads" where "id" = $1', 'SELECT leads'],
    ['COMMIT;', 'COMMIT'],
  ])('calls a query what it does: %s', (text, label) => {
    expect(labelOf(span({ name: 'pg.query', attributes: { 'db.query.text': text } }))).toBe(label);
  });
});
