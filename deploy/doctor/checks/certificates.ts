import { once } from 'node:events';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type Finding, findingsOf, placeOf } from '../finding.ts';

const { ok, fault } = findingsOf('certificates');
const day = 86_400_000;
/** As the alert has it: who renews by themselves do so before. */
const soon = 21;
const deadline = 5_000;

/** Asks a mail server on a plain port for TLS (RFC 3207); undefined where it offers none. */
async function startTls(socket: Socket): Promise<Socket | undefined> {
  socket.setEncoding('latin1');
  const said = async () => {
    let text = '';
    while (!/^\d{3} .*\r\n$/m.test(text)) text += (await once(socket, 'data'))[0];
    return text;
  };
  await said();
  socket.write('EHLO doctor.invalid\r\n');
  if (!/^250[ -]STARTTLS\r$/im.test(await said())) return undefined;
  socket.write('STARTTLS\r\n');
  if (!(await said()).startsWith('220')) return undefined;
  socket.setEncoding();
  return socket;
}

/** Connects without trusting anybody, only to read the certificate. Undefined where there is no TLS. */
async function handshake(url: string): Promise<TLSSocket | undefined> {
  const [host = '', port] = [new URL(url).hostname.replace(/^\[|\]$/g, ''), placeOf(url).split(':').at(-1)];
  const signal = AbortSignal.timeout(deadline);
  const plain = connectPlain({ host, port: Number(port) });
  plain.on('error', () => {});
  signal.addEventListener('abort', () => plain.destroy());
  try {
    await once(plain, 'connect', { signal });
    const socket = url.startsWith('smtp:') ? await Promise.race([startTls(plain), gone(signal)]) : plain;
    if (!socket) {
      plain.destroy();
      return undefined;
    }
    const servername = isIP(host) ? {} : { servername: host };
    const secure = connect({ socket, rejectUnauthorized: false, ...servername });
    await once(secure, 'secureConnect', { signal });
    return secure;
  } catch (error) {
    plain.destroy();
    throw error;
  }
}

const gone = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

function judge(name: string, socket: TLSSocket, now: number): Finding {
  const { valid_to } = socket.getPeerCertificate();
  const until = Date.parse(valid_to);
  const date = new Date(until).toISOString().slice(0, 10);
  const days = Math.floor((until - now) / day);
  if (until <= now)
    return fault(
      `The certificate of ${name} expired on ${date}.`,
      'Renew it, and see why that is not done by itself.',
    );
  if (!socket.authorized)
    return fault(
      `Nobody that this machine trusts vouches for the certificate of ${name} (${socket.authorizationError}).`,
      'Use one of a public authority, or name your own by NODE_EXTRA_CA_CERTS.',
    );
  return days < soon
    ? fault(
        `The certificate of ${name} expires in ${days} days, on ${date}.`,
        'Renew it; docs/runbooks/certificate-expires.md',
      )
    : ok(`The certificate of ${name} is good until ${date}.`);
}

/** The certificate of every endpoint that speaks TLS. One that does not answer is the finding of another check. */
export async function checkCertificates(
  endpoints: Readonly<Record<string, string | undefined>>,
): Promise<Finding[]> {
  const looks = Object.entries(endpoints).map(async ([name, url]) => {
    if (!url || !/^(https|rediss|amqps|smtps?):/.test(url)) return [];
    try {
      const socket = await handshake(url);
      if (!socket) return [];
      const finding = judge(`${name} (${placeOf(url)})`, socket, Date.now());
      socket.destroy();
      return [finding];
    } catch {
      return [];
    }
  });
  const findings = (await Promise.all(looks)).flat();
  return findings.length > 0
    ? findings
    : [ok('No endpoint that answers speaks TLS: there is no certificate to expire.')];
}
