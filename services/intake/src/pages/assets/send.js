// @ts-check
/**
 * @typedef {{ field: string, message: string }} FieldFault
 * @typedef {{ kind: 'accepted', maskedRef: string } | { kind: 'invalid', errors: FieldFault[] } | { kind: 'limited', minutes: number } | { kind: 'failed' }} Outcome
 */

const campaign = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'landing_page',
  'referrer',
];
const deadline = 20_000;

/**
 * How the visitor came, apart from what they typed: the page has it in hidden fields, from its own address, where the
 * embedding page has put its own.
 *
 * @param {Record<string, FormDataEntryValue>} fields
 */
function withAttribution(fields) {
  const entries = Object.entries(fields);
  const how = entries.filter(([name]) => campaign.includes(name));
  return {
    ...Object.fromEntries(entries.filter(([name]) => !campaign.includes(name))),
    ...(how.length > 0 ? { attribution: Object.fromEntries(how) } : {}),
  };
}

/** @param {HTMLFormElement} form @returns {Promise<Response>} */
function post(form) {
  const { idempotency_key, ...fields } = Object.fromEntries(new FormData(form));
  return fetch(form.action, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'Idempotency-Key': String(idempotency_key),
    },
    body: JSON.stringify(withAttribution(fields)),
    signal: AbortSignal.timeout(deadline),
  });
}

/** @param {HTMLFormElement} form */
function renewKey(form) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem('idempotency_key'));
  // crypto.randomUUID is for https alone.
  field.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/**
 * Sends the form. The key that the page was made with goes along, so that the same booking sent again, after a
 * double click or a lost answer, is the same booking; one that was changed meanwhile is a new one.
 *
 * @param {HTMLFormElement} form @returns {Promise<Outcome>}
 */
export async function send(form) {
  try {
    let answer = await post(form);
    let body = await answer.json();
    if (body.type === 'urn:meander:problem:idempotency-key-reused') {
      renewKey(form);
      answer = await post(form);
      body = await answer.json();
    }
    if (answer.status === 202) return { kind: 'accepted', maskedRef: body.masked_ref };
    if (answer.status === 422) return { kind: 'invalid', errors: body.errors };
    if (answer.status === 429) return { kind: 'limited', minutes: body.retry_after_minutes };
  } catch {
    // Not reached, not answered in time, or not by us: it may be tried again, with the same key.
  }
  return { kind: 'failed' };
}
