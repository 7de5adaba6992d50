import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { bookingBody, type Stack } from '@meander/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeFixture, startIntake } from './intake.fixture.test.ts';

/** The public bug reports of test/cases, posted as they stand. */

interface Case {
  id: string;
  title: string;
  input: {
    type: string;
    overlay?: Record<string, unknown>;
    overlay_json?: string;
    append_json?: string;
    omit?: string[];
    headers?: Record<string, string>;
    method?: string;
    path?: string;
    body?: unknown;
    body_hex?: string;
  };
  expected: {
    http_status?: number[];
    must?: string[];
    must_not?: string[];
    either?: string[];
    stored?: Record<string, unknown>;
    max_response_ms?: number;
  };
}

const load = (area: string): Case[] =>
  JSON.parse(readFileSync(new URL(`../../../test/cases/${area}.json`, import.meta.url), 'utf8'));

let intake: IntakeFixture;
let stack: Stack;

beforeAll(async () => {
  intake = await startIntake();
  ({ stack } = intake);
});

afterAll(() => intake.stop());

/** The cases' generators are JavaScript; BASE is the valid body, gzip packs. */
function generate(value: unknown, base: object): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!('$gen' in value)) return value;
  return new Function('BASE', 'gzip', `return (${String(value.$gen)})`)(base, gzipSync);
}

function bodyOf({ input }: Case): string | Buffer {
  const base = bookingBody();
  if (input.body_hex) return Buffer.from(input.body_hex, 'hex');
  if (input.type === 'raw_request') return generate(input.body, base) as string | Buffer;
  const overlay = input.overlay_json ? JSON.parse(input.overlay_json) : (input.overlay ?? {});
  const generated = Object.fromEntries(
    Object.entries(overlay).map(([name, value]) => [name, generate(value, base)]),
  );
  const body: Record<string, unknown> = { ...base, ...generated };
  for (const name of input.omit ?? []) delete body[name];
  const json = JSON.stringify(body);
  return input.append_json ? `${json.slice(0, -1)},${input.append_json}}` : json;
}

interface Answer {
  status: number;
  type: string;
  text: string;
}

function send({ input }: Case, body: string | Buffer): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    'x-forwarded-for': intake.freshAddress(),
    ...input.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      { port: intake.service.port, method: input.method ?? 'POST', path: input.path ?? '/leads', headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const snapshot = async () => JSON.stringify(await stack.db('leads').select('id', 'version').orderBy('id'));

describe.each(['validation', 'phone', 'http', 'email_render', 'observability'])('cases: %s', (area) => {
  const posts = load(area).filter(({ input }) => input.type === 'post_lead' || input.type === 'raw_request');

  it.each(posts.map((one): [string, string, Case] => [one.id, one.title, one]))(
    '%s %s',
    async (_id, _title, one) => {
      const { expected } = one;
      const before = await snapshot();
      const answer = await send(one, bodyOf(one));
      expect(answer.status).toBeLessThan(500);
      if (expected.http_status) expect(expected.http_status).toContain(answer.status);

      if (answer.status >= 400) {
        expect(answer.type).toMatch(/^application\/problem\+json/);
        expect(answer.text).not.toMatch(/node_modules|\.ts:\d|\bat \w+ \(/);
        expect(await snapshot()).toBe(before);
      }
      if (answer.status === 422) {
        const { errors } = JSON.parse(answer.text) as {
          errors: { field: string; rule: string; message: string }[];
        };
        for (const must of expected.must ?? []) {
          const [, field] = /error names the field (\w+)/.exec(must) ?? [];
          if (field) expect(errors.map((error) => error.field)).toEqual([field]);
        }
      }
      if (answer.status === 202) {
        const { masked_ref } = JSON.parse(answer.text) as { masked_ref: string };
        const held = await stack.db('intake.quarantine').where({ masked_ref }).first();
        if (!held)
          expect(await stack.db('leads').where({ masked_ref }).first()).toMatchObject(expected.stored ?? {});
        else expect(expected.stored).toBeUndefined();
      } else if (expected.stored) {
        // Refusing is one of the outcomes that the case names.
        expect(expected.either?.join()).toMatch(/4xx/);
      }
    },
  );
});
