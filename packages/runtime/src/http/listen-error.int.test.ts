import { describe, expect, it } from 'vitest';
import { listen } from './listen.ts';
import { ListenError, listenError, PortTakenError } from './listen-error.ts';

const tryToListen = (host: string, port = 0) => listen(() => {}, { host, port, variable: 'INTAKE_PORT' });

describe('where nothing can listen', () => {
  it.each([
    [
      '192.0.2.1',
      /^192\.0\.2\.1 is no address of this machine \(EADDRNOTAVAIL\)\. Set HOST to one that is\.$/,
    ],
    ['nohost.invalid', /^nohost\.invalid has no address \((ENOTFOUND|EAI_AGAIN)\)\. Set HOST to an address/],
  ])('%s: one line says what to set', async (host, message) => {
    const error = await tryToListen(host).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ListenError);
    expect(error.message).toMatch(message);
  });

  it('because the port is taken: the setting of the port', async () => {
    const first = await tryToListen('127.0.0.1');
    const error = await tryToListen('127.0.0.1', first.port).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(PortTakenError);
    expect(error.message).toContain('set INTAKE_PORT to another port');
    await first.close();
  });

  // Whoever runs the tests may be allowed to use every port.
  it.each([
    ['EACCES', 'may not be used by this process (EACCES). Set INTAKE_PORT to another port'],
    ['EMFILE', 'Nothing can listen on port 80 of 127.0.0.1 (EMFILE). Look at HOST and INTAKE_PORT.'],
  ])('because of %s: one line says where to look', (code, message) => {
    const where = { host: '127.0.0.1', port: 80, variable: 'INTAKE_PORT' };
    expect(listenError(Object.assign(new Error(code), { code }), where).message).toContain(message);
  });
});
