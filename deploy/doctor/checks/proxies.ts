import { urlBelow } from '@meander/lead';
import { createClientAddress, parseAddress } from '@meander/runtime';
import { createProbe, probeHeader } from '@meander/synthetic';
import { judgeClock } from '../clock.ts';
import { type Finding, findingsOf, unreachable } from '../finding.ts';

const { ok, note, fault } = findingsOf('proxies');

/** What intake says of how a request of ours arrived. */
export interface Arrival {
  client_address: string | null;
  peer_address: string | null;
  forwarded_for: string | null;
}

/** An address that is nobody's (RFC 5737), which we claim to have, as somebody would who wants to be many. */
const forged = '192.0.2.77';

const isPrivate = (address: string) => {
  const range = parseAddress(address)?.range();
  return range !== undefined && range !== 'unicast';
};
const same = (a: string, b: string) => parseAddress(a)?.toString() === parseAddress(b)?.toString();

/** Judges whether the address that intake counts by is the visitor's; every case in one place. */
export function judgeArrival(
  { client_address: client, peer_address: peer, forwarded_for }: Arrival,
  trusted: readonly string[],
): Finding {
  const hops = (forwarded_for ?? '')
    .split(',')
    .map((hop) => hop.trim())
    .filter(Boolean);
  // What a proxy has added stands behind what we claimed ourselves.
  const added = hops.slice(hops.lastIndexOf(forged) + 1);
  const trusts = (address: string) =>
    createClientAddress(trusted)({
      socket: { remoteAddress: address },
      headers: { 'x-forwarded-for': forged },
    } as never) === forged;
  if (client === null || peer === null)
    return fault('Intake sees no client address at all.', 'Let it listen on TCP.');
  if (same(client, forged)) {
    return added.length === 0 && trusts(peer)
      ? note(
          `This machine reaches intake without a proxy, from ${peer}, which TRUSTED_PROXIES names: what it claims counts.`,
          'Run the doctor from a machine outside to see what visitors get.',
        )
      : fault(
          'Whoever writes an X-Forwarded-For of their own is believed: the limit of attempts can be passed by.',
          'Take addresses out of TRUSTED_PROXIES that are not your proxies, and let the outermost proxy replace the header.',
        );
  }
  if (added.length > 0 && same(client, peer)) {
    return fault(
      `A proxy at ${peer} passes visitors on, and intake does not trust it: all visitors together are one client to the limit.`,
      `Add ${peer} to TRUSTED_PROXIES.`,
    );
  }
  if (added.some((hop) => same(hop, client)) && isPrivate(client) && added.length > 1) {
    return fault(
      `Intake takes the inner proxy ${client} for the visitor.`,
      `Add ${client} to TRUSTED_PROXIES, if it is a proxy of yours.`,
    );
  }
  return ok(`Intake sees this machine as ${client}, and believes nothing that it claims.`);
}

/** Whether PUBLIC_BASE_URL leads to intake, whether it counts by the right address, and what its clock says. */
export async function checkProxies({
  baseUrl,
  key,
  trusted,
}: {
  baseUrl: string;
  key: string;
  trusted: readonly string[];
}): Promise<Finding[]> {
  const url = urlBelow(baseUrl, 'probe');
  const asked = Date.now();
  let answer: Response;
  try {
    answer = await fetch(url, {
      redirect: 'manual',
      headers: { [probeHeader]: createProbe(key, new Date()), 'x-forwarded-for': forged },
      signal: AbortSignal.timeout(8_000),
    });
  } catch (error) {
    return [
      fault(
        `PUBLIC_BASE_URL does not lead to intake: ${unreachable(error, url.host) ?? `${url.host} cannot be asked.`}`,
        'Every link in a mail begins with it. Mend it, the DNS, the certificate or the proxy.',
      ),
    ];
  }
  const answered = Date.now();
  const date = Date.parse(answer.headers.get('date') ?? '');
  // The header has whole seconds, cut off.
  const clock = {
    theirs: date + 500,
    ours: (asked + answered) / 2,
    uncertainty: (answered - asked) / 2 + 500,
  };
  const time = Number.isNaN(date) ? [] : [judgeClock(`the web server at ${url.host}`, clock)];
  if (answer.status >= 300 && answer.status < 400)
    return [
      fault(
        `PUBLIC_BASE_URL redirects: a form post would be lost on the way.`,
        `Set it to where it leads in the end.`,
      ),
      ...time,
    ];
  const body = (await answer.json().catch(() => undefined)) as (Arrival & { type?: string }) | undefined;
  if (answer.ok && body && 'client_address' in body) {
    return [ok(`PUBLIC_BASE_URL leads to intake.`), judgeArrival(body, trusted), ...time];
  }
  const isOurs = body?.type?.startsWith('urn:meander:problem:') ?? false;
  return [
    isOurs
      ? fault(
          'Intake answers at PUBLIC_BASE_URL, but does not recognise the doctor.',
          'Give the doctor the FORM_SIGNING_KEY of intake (without one, the very same DATABASE_URL), mend its clock, and let the proxy pass the header Meander-Probe.',
        )
      : fault(
          `Something else than intake answers at PUBLIC_BASE_URL (status ${answer.status}).`,
          'Mend PUBLIC_BASE_URL, or what the proxy passes on.',
        ),
    ...time,
  ];
}
