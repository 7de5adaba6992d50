import { createId, createMaskedRef, sources, statuses } from '@meander/lead';
import { afterAll, beforeAll, it } from 'vitest';
import { type BoardRig, card, startBoard } from './board.fixture.ts';
import { describeInBrowser, everybody, lookAt } from './browser.fixture.ts';

/** A season of leads, a suspect submission, mails that came back, one of which is sent again. */
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
  const mails = ['confirmation', 'sales_alert', 'demo_invitation'].map((template) => {
    const id = createId();
    return {
      ...{ id, event_id: createId(), lead_id: leadId, template, message_id: `<${id}@b>` },
      ...{ state: 'failed', attempts: 3, last_response_code: 550 },
    };
  });
  const asked = { id: createId(), delivery_id: mails[0]?.id, requested_by: 'key:a' };
  return { bulk, held, mails, asked };
}

describeInBrowser('the pages of the board', () => {
  let rig: BoardRig;
  let busy: string;
  let ahead: string;

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
    const siri = { first_name: 'Siri', last_name: 'Lund', organization_name: 'Kirkens SOS', source: 'event' };
    ahead = (await rig.lead({ ...siri, status: 'demo_scheduled' })).id;
    await rig.api('PUT', `/leads/${ahead}/demo`, {
      ...{ demo_at: '2097-03-26T13:00:00+01:00', demo_location: 'https://meet.example.com/abc-defg-hij' },
    });
    const { bulk, held, mails, asked } = otherThings(busy);
    await rig.db('leads').insert(bulk);
    await rig.db('intake.quarantine').insert(held);
    await rig.db('notification.deliveries').insert(mails);
    await rig.db('notification.delivery_retries').insert(asked);
  });
  afterAll(() => rig?.stop());

  it.each(everybody)('are good for everybody: %s', async (name, visitor, how) => {
    const page = await rig.browser.visit(visitor);
    const look = (what: string) => lookAt(page, `board-${what}-${name}`, how);
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
    await page.locator('[data-key="edit"] summary').click();
    await page.locator('#first_name').fill('');
    await page.locator('[data-key="edit"] button').click();
    await page.waitForSelector('[aria-invalid="true"]');
    await look('lead');
    await page.goto(rig.at(`/board/leads/${ahead}`));
    for (const summary of ['[data-key="demo"]', '[data-key="demo-cancel"]', '[aria-labelledby="erase"]'])
      await page.locator(`${summary} summary`).first().click();
    await look('demo');
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
