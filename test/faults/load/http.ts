import { type IncomingHttpHeaders, request } from 'node:http';

/** What came of a request: an answer, or none. */
export type Answer =
  | { kind: 'answered'; status: number; headers: IncomingHttpHeaders; body: string; milliseconds: number }
  | { kind: 'lost'; reason: string; milliseconds: number };

/** Longer than any answer may take; what has not come by then hangs. */
const patience = 20_000;

/**
 * Sends a request over a connection of its own, as every visitor has one. Where nobody listens any more the next
 * address is tried, as a load balancer does; once a connection stands there is no second try.
 *
 * @param urls the addresses of the copies, in the order in which they are tried
 */
export async function send(
  urls: readonly string[],
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  let answer: Answer = { kind: 'lost', reason: 'no copy runs', milliseconds: 0 };
  for (const url of urls) {
    answer = await sendOnce(`${url}${path}`, options);
    if (answer.kind === 'answered' || answer.reason !== 'ECONNREFUSED') break;
  }
  return answer;
}

function sendOnce(
  url: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<Answer> {
  const began = performance.now();
  const milliseconds = () => Math.round(performance.now() - began);
  return new Promise((resolve) => {
    const lost = (error: NodeJS.ErrnoException) => {
      clearTimeout(hangs);
      resolve({ kind: 'lost', reason: error.code ?? error.message, milliseconds: milliseconds() });
    };
    const length = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const sent = request(url, { method, agent: false, headers: { ...headers, ...length } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('error', lost);
      response.on('end', () => {
        clearTimeout(hangs);
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ kind: 'answered', status, headers: answered, body: text, milliseconds: milliseconds() });
      });
    });
    const hangs = setTimeout(
      () => sent.destroy(Object.assign(new Error('hangs'), { code: 'hangs' })),
      patience,
    );
    sent.on('error', lost);
    sent.end(body);
  });
}

/** The list from another start: each call begins with the next copy. */
export function createRotation() {
  let turn = 0;
  return <T>(list: readonly T[]): T[] => {
    turn += 1;
    const start = list.length === 0 ? 0 : turn % list.length;
    return [...list.slice(start), ...list.slice(0, start)];
  };
}
