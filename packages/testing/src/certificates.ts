import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as files and as PEM. */
export interface ServerCertificate {
  certFile: string;
  keyFile: string;
  cert: string;
  key: string;
}

/** A certificate authority of the test's own. */
export interface TestAuthority {
  /** The file that clients trust. */
  caFile: string;
  ca: string;
  /** @param names as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1` */
  issue(names: string): ServerCertificate;
  remove(): void;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes an authority by the program `openssl`, valid for a day. */
export function makeAuthority(name = 'Test CA'): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'meander-ca-'));
  const path = (file: string) => join(folder, file);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl(
    ...['req', '-x509', ...newKey, '-days', '1', '-subj', `/CN=${name}`],
    ...['-keyout', 'ca.key', '-out', 'ca.pem'],
  );
  let issued = 0;
  return {
    caFile: path('ca.pem'),
    ca: readFileSync(path('ca.pem'), 'utf8'),
    issue(names) {
      issued += 1;
      const [certFile, keyFile, extensions] = ['pem', 'key', 'ext'].map((end) =>
        path(`${issued}.${end}`),
      ) as [string, string, string];
      writeFileSync(extensions, `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
      openssl('req', '-new', ...newKey, '-subj', '/CN=server', '-keyout', keyFile, '-out', `${issued}.csr`);
      openssl(
        ...['x509', '-req', '-in', `${issued}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
        ...['-days', '1', '-extfile', extensions, '-out', certFile],
      );
      return {
        certFile,
        keyFile,
        cert: readFileSync(certFile, 'utf8'),
        key: readFileSync(keyFile, 'utf8'),
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
