import type { Resolver } from 'node:dns/promises';
import { type Finding, findingsOf } from '../finding.ts';
import { texts } from './dns-records.ts';

const { ok, fault } = findingsOf('dns');

/** Names that a receiver looks up for one mail before it gives up (RFC 7208, 4.6.4). */
const mostLookups = 10;

const recordsOf = async (resolver: Resolver, domain: string) =>
  (await texts(resolver, domain)).filter((text) => /^v=spf1(\s|$)/i.test(text));

/** What a receiver meets on its way through a record and those that it includes. */
interface Walk {
  lookups: number;
  /** Included names that have no record, or several: an error to every receiver. */
  broken: string[];
}

/** Follows the terms that cost a look-up, and ends where a receiver would. */
async function walk(resolver: Resolver, record: string, sofar: Walk): Promise<void> {
  const terms = record.split(/\s+/).slice(1);
  const ends = terms.some((term) => /^[-+~?]?all$/i.test(term));
  for (const term of terms) {
    const [, kind = '', name = ''] =
      /^[-+~?]?(include|exists|redirect|ptr|mx|a)(?:[:=]([^/]*))?(?:\/|$)/i.exec(term) ?? [];
    const isRedirect = kind.toLowerCase() === 'redirect';
    if (kind === '' || (isRedirect && ends)) continue;
    sofar.lookups += 1;
    if (sofar.lookups > mostLookups) return;
    // A macro stands for something of the mail itself.
    if (!(isRedirect || kind.toLowerCase() === 'include') || name.includes('%')) continue;
    const [included, ...others] = await recordsOf(resolver, name);
    if (included === undefined || others.length > 0) sofar.broken.push(name);
    else await walk(resolver, included, sofar);
  }
}

/** RFC 7208: whether receivers learn from the domain who may send as it. */
export async function checkSpf(resolver: Resolver, domain: string): Promise<Finding> {
  const found = await recordsOf(resolver, domain);
  const [record = ''] = found;
  if (found.length === 0)
    return fault(
      `${domain} has no SPF record: anybody may send as it, and receivers trust nobody who does.`,
      `Publish TXT "v=spf1 include:YOUR-RELAY -all" at ${domain}, as the operator of your relay says.`,
    );
  if (found.length > 1)
    return fault(
      `${domain} has ${found.length} SPF records: receivers then count none.`,
      'Make one of them.',
    );
  if (/\s\+?all(\s|$)/i.test(record))
    return fault(`The SPF record of ${domain} lets everybody send (+all).`, 'End it in -all or ~all.');
  const way: Walk = { lookups: 0, broken: [] };
  await walk(resolver, record, way);
  if (way.lookups > mostLookups)
    return fault(
      `The SPF record of ${domain} takes more than ${mostLookups} look-ups: receivers then count none.`,
      'Take away who sends for you no longer, or name addresses (ip4:, ip6:) instead of names.',
    );
  if (way.broken.length > 0)
    return fault(
      `The SPF record of ${domain} includes ${way.broken.join(', ')}, which has no single SPF record: receivers then count none.`,
      'Mend the name as the operator of your relay says, or take it away.',
    );
  return /\s[-~?]all(\s|$)|\sredirect=/i.test(record)
    ? ok(`${domain} says who may send as it (SPF).`)
    : fault(
        `The SPF record of ${domain} does not end: who is not named is not refused.`,
        'End it in -all or ~all.',
      );
}
