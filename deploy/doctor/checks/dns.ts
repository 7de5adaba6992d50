import { createPrivateKey, createPublicKey } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { NotificationConfig } from '@meander/notification/config';
import { codeOf, type Finding, findingsOf } from '../finding.ts';
import { records, texts } from './dns-records.ts';
import { checkSpf } from './spf.ts';

const { ok, note, fault } = findingsOf('dns');

/** Names that are nobody's (RFC 2606, RFC 6761): no record of theirs can be looked up. */
const reserved = /(^|\.)(example|invalid|test|localhost|local|example\.(com|net|org))$/i;

async function checkMx(resolver: Resolver, domain: string): Promise<Finding> {
  const found = await records(resolver.resolveMx(domain));
  if (found.some(({ exchange }) => exchange === '' || exchange === '.'))
    return fault(
      `${domain} says that it takes no mail (null MX): many servers then refuse mail from it.`,
      'Publish an MX record, or send from another domain.',
    );
  if (found.length > 0) return ok(`${domain} takes mail (MX).`);
  const addresses = await records(resolver.resolve4(domain));
  return addresses.length > 0
    ? note(
        `${domain} has no MX record; its own address stands in.`,
        'Publish one, so that bounces and answers arrive.',
      )
    : fault(
        `${domain} can take no mail: it has neither MX nor address.`,
        'Publish an MX record: many servers refuse mail from a domain that cannot be answered.',
      );
}

const tagsOf = (record: string) =>
  new Map(
    record.split(';').map((tag): [string, string] => {
      const at = tag.indexOf('=');
      return [tag.slice(0, at).trim().toLowerCase(), tag.slice(at + 1).replace(/\s+/g, '')];
    }),
  );

/** The public half of the key in both forms in which it is published (RFC 6376, 3.6.1). */
function publicHalves(privateKey: string): string[] {
  const key = createPublicKey(createPrivateKey(privateKey));
  return (['spki', 'pkcs1'] as const).map((type) => key.export({ type, format: 'der' }).toString('base64'));
}

/** RFC 6376: what signs every mail must be what is published. */
async function checkDkim(resolver: Resolver, config: NotificationConfig, domain: string): Promise<Finding[]> {
  const { DKIM_DOMAIN: signer, DKIM_SELECTOR: selector, DKIM_PRIVATE_KEY: privateKey } = config;
  if (!signer || !selector || !privateKey)
    return [
      note(
        'Mail is not signed here (DKIM).',
        'Set DKIM_DOMAIN, DKIM_SELECTOR and DKIM_PRIVATE_KEY, unless your relay signs.',
      ),
    ];
  const name = `${selector}._domainkey.${signer}`;
  const findings: Finding[] = [];
  const [record] = (await texts(resolver, name)).filter((text) => tagsOf(text).has('p'));
  const tags = tagsOf(record ?? '');
  const published = tags.get('p') ?? '';
  const [spki = '', pkcs1 = ''] = publicHalves(privateKey);
  const whole = `Publish at ${name} the TXT record "v=DKIM1; k=rsa; p=${spki}".`;
  if (record === undefined)
    findings.push(fault(`No DKIM key is published at ${name}: every signature fails.`, whole));
  else if (published === '') findings.push(fault(`The DKIM key at ${name} is revoked (empty p=).`, whole));
  else if (published !== spki && published !== pkcs1)
    findings.push(
      fault(
        `The DKIM key at ${name} is not the other half of DKIM_PRIVATE_KEY: every signature fails.`,
        whole,
      ),
    );
  else if (/(^|:)y(:|$)/.test(tags.get('t') ?? ''))
    findings.push(
      note(`The DKIM key at ${name} matches, and says that it is only tried out (t=y).`, 'Take t=y away.'),
    );
  else findings.push(ok(`The DKIM key at ${name} matches ours.`));
  const aligned = [signer, domain].map((one) => one.toLowerCase()).sort((a, b) => a.length - b.length);
  if (aligned[0] !== aligned[1] && !aligned[1]?.endsWith(`.${aligned[0]}`))
    findings.push(
      fault(
        `DKIM_DOMAIN ${signer} is another than that of MAIL_FROM, ${domain}: the signature does not count for DMARC.`,
        'Sign as the domain of MAIL_FROM.',
      ),
    );
  return findings;
}

/** RFC 7489, 6.6.3: the domain's own record, else that of the organisation above it. */
async function checkDmarc(resolver: Resolver, domain: string): Promise<Finding> {
  const labels = domain.split('.');
  for (let at = 0; at <= labels.length - 2; at += 1) {
    const name = `_dmarc.${labels.slice(at).join('.')}`;
    const found = (await texts(resolver, name)).filter((text) => /^v=DMARC1\s*;/i.test(text));
    if (found.length === 0) continue;
    if (found.length > 1)
      return fault(
        `There are ${found.length} DMARC records at ${name}: receivers then count none.`,
        'Make one of them.',
      );
    const policy = tagsOf(found[0] ?? '')
      .get('p')
      ?.toLowerCase();
    if (policy === 'none')
      return note(
        `DMARC at ${name} asks for nothing yet (p=none).`,
        'Read its reports, then set p=quarantine or p=reject.',
      );
    return policy === 'quarantine' || policy === 'reject'
      ? ok(`DMARC at ${name} asks to ${policy} what is forged.`)
      : fault(
          `The DMARC record at ${name} has no policy that is known.`,
          'Give it p=none, p=quarantine or p=reject.',
        );
  }
  return fault(
    `${domain} has no DMARC record: large providers refuse or sort out such mail.`,
    `Publish TXT "v=DMARC1; p=none; rua=mailto:YOU" at _dmarc.${domain}.`,
  );
}

/** Whether the DNS of MAIL_FROM's domain lets mail of ours be believed. */
export async function checkDns(config: NotificationConfig, servers: readonly string[]): Promise<Finding[]> {
  const domain = config.MAIL_FROM.address.split('@').at(-1) ?? '';
  const host = new URL(config.SMTP_URL).hostname;
  if (servers.length === 0 && reserved.test(domain)) {
    const says = `MAIL_FROM is at ${domain}, which is nobody's: there is no DNS to look at.`;
    const stays = host === 'localhost' || (isIP(host) > 0 && /^(127\.|::1)/.test(host));
    const mend = 'Set MAIL_FROM to an address of your own before mail leaves.';
    return [stays ? note(says, mend) : fault(says, mend)];
  }
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (servers.length > 0) resolver.setServers([...servers]);
  try {
    return [
      await checkMx(resolver, domain),
      await checkSpf(resolver, domain),
      ...(await checkDkim(resolver, config, domain)),
      await checkDmarc(resolver, domain),
    ];
  } catch (error) {
    return [
      fault(
        `The DNS cannot be asked (${codeOf(error)}).`,
        'Mend the resolver of this machine, or set DOCTOR_DNS_SERVERS.',
      ),
    ];
  }
}
