// @ts-check
/** Says which page of the board asks, so that it is answered with data and not led to another page. */
const headers = { 'X-Requested-With': 'board' };

/**
 * @param {string} url
 * @param {URLSearchParams} [form] what to post
 * @returns {Promise<{ status: number, body: any }>}
 */
export async function askJson(url, form) {
  const answer = await fetch(url, {
    headers: { ...headers, Accept: 'application/json' },
    ...(form && { method: 'POST', body: form }),
  });
  return { status: answer.status, body: await answer.json() };
}

/**
 * A page of the board, to take a part of. Throws where the answer is no page (signed out, gone).
 *
 * @param {string} url
 */
export async function askPage(url) {
  const answer = await fetch(url, { headers: { ...headers, Accept: 'text/html' } });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}
