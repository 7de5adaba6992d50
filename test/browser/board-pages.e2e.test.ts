import { createId, createMaskedRef, sources, statuses } from '@meander/lead';
import { afterAll, beforeAll, it } from 'vitest';
import { type BoardRig, card, startBoard } from './board.fixture.ts';
import {
  describeInBrowser,
  expectAccessible,
  expectNoSidewaysScroll,
  screenshot,
  type Visitor,
} from './browser.fixture.ts';

/** Everybody that the pages are for: both themes, both languages, from a small phone to a wall. */
const visitors: [string, Visitor][] = [
  ['light', {}],
  ['dark', { theme: 'dark', locale: 'en-GB' }],
  ['phone', { width: 320, height: 640, theme: 'dark' }],
  ['tablet', { width: 820, height: 1180, locale: 'en-GB' }],
  ['wall', { width: 3840, height: 2160 }],
];

/** A season of leads, a suspect submission, a mail that came back. */
function otherThings(leadId: string) {
  const bulk = Array.from({ length: 60 }, (_, index) => ({
    id: createId(),
    ...{
      first_name: 'Nils',
      last_name: `Holm ${index}`,
      email: `nils${index}@example.org`,
      role_title: 'Leder',
    },
    organization_name: 'Holm AS',
    masked_ref: createMaskedRef(),
    source: sources[index % 5],
    status: statuses[(index * 7) % 6],
    created_at: new Date(Date.now() - 2 * 86_400_000 - ((index * index) % 80) * 86_400_000),
  }));
  const fields = {
    first_name: 'Vinn',
    last_name: 'www.vinn-penger.example',
    email: 'bot@example.com',
    organization_name: 'Robotfabrikken',
    role_title: 'x',
    notes: 'Klikk her\nnå',
  };
  const held = {
    id: createId(),
    reason: 'link_in_name',
    fields: JSON.stringify(fields),
    masked_ref: createMaskedRef(),
  };
  const mail = {
    id: createId(),
    event_id: createId(),
    lead_id: leadId,
    template: 'confirmation',
    message_id: '<a@b>',
    state: 'failed',
    attempts: 3,
    last_response_code: 550,
  };
  return { bulk, held, mail };
}

describeInBrowser('the pages of the board', () => {
  let rig: BoardRig;
  let busy: string;

  beforeAll(async () => {
    rig = await startBoard();
    const people = [
      ['Ingrid', 'Aasen', 'Bergen kommune', '1001+', 'new'],
      ['Ola', 'Lie', 'Nordlys psykologsenter', '11-50', 'new'],
      [
        'Henriette Marie Alexandra',
        'von Wettstein-Østergaard',
        'Stiftelsen for frivillig innsats og nærmiljø i Indre Østfold',
        '51-200',
        'new',
      ],
      ['Amina', 'Hassan', 'Mestringshuset', null, 'contacted'],
      ['Per', 'Ås', 'LEVE Sunnhordland', '1-10', 'qualified'],
      ['Siri', 'Næss', 'Kirkens SOS', '201-1000', 'demo_scheduled'],
      ['Jonas', 'Dahl', 'Blå Kors', '51-200', 'converted'],
    ] as const;
    for (const [
      index,
      [first_name, last_name, organization_name, organization_size, status],
    ] of people.entries()) {
      const created_at = new Date(Date.now() - (index * 17 + 2) * 3_600_000);
      const overlay = { first_name, last_name, organization_name, organization_size, status, created_at };
      await rig.lead({
        ...overlay,
        booking_count: index === 1 ? 3 : 1,
        notes: 'Vi er 14 likepersoner.\nRing gjerne.',
      });
    }
    busy = (
      await rig.lead({
        first_name: 'Kari',
        last_name: 'Nordmann',
        organization_name: 'Fjellbygda frivilligsentral',
        phone: '+4740612345',
        current_solution: 'Excel',
      })
    ).id;
    await rig.move(busy, 'contacted');
    const { bulk, held, mail } = otherThings(busy);
    await rig.db('leads').insert(bulk);
    await rig.db('intake.quarantine').insert(held);
    await rig.db('notification.deliveries').insert(mail);
  });
  afterAll(() => rig?.stop());

  it.each(visitors)('are good for everybody: %s', async (name, visitor) => {
    const page = await rig.browser.visit(visitor);
    const look = async (what: string) => {
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
      await screenshot(page, `board-${what}-${name}`);
    };
    await page.goto(rig.at('/board/sign-in'));
    await look('sign-in');
    await rig.signIn(page);
    await page.waitForSelector('[data-live]');
    await look('columns');
    await page.goto(rig.at('/board/numbers'));
    await page.locator('details summary').click();
    await look('numbers');
    if (name === 'wall') return;
    await page.goto(rig.at('/board'));
    await card(page, busy).locator('summary').click();
    await look('menu');
    await card(page, busy).locator('[data-to="lost"]').click();
    await page.waitForSelector('dialog');
    await look('ask');
    await page.goto(rig.at(`/board/leads/${busy}/move?to=converted`));
    await look('ask-page');
    await page.goto(rig.at(`/board/leads/${busy}`));
    await page.locator('.edit summary').click();
    await page.locator('#first_name').fill('');
    await page.locator('.edit button').click();
    await page.waitForSelector('[aria-invalid="true"]');
    await look('lead');
    await page.goto(rig.at('/board/columns/new'));
    await look('column');
    await page.goto(rig.at('/board/quarantine'));
    await page.locator('.held summary').first().click();
    await look('quarantine');
    await page.goto(rig.at('/board/mails'));
    await look('mails');
    await page.goto(rig.at('/board/leads/nobody'));
    await look('problem');
  });
});
