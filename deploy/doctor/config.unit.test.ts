import { loadConfig } from '@meander/runtime';
import { describe, expect, it } from 'vitest';
import { type DoctorSettings, variables } from './config.ts';

const load = (servers: string) => loadConfig<DoctorSettings>(variables, { DOCTOR_DNS_SERVERS: servers });

describe('the resolvers of the doctor', () => {
  it.each(['192.0.2.53', '192.0.2.53:5353', '::1', '[::1]:53'])('may be %s', (server) => {
    expect(load(server).DOCTOR_DNS_SERVERS).toEqual([server]);
  });

  it.each(['192.0.2.53:99999', '192.0.2.53:0', '999.0.2.53:53', '[::g]:53', '[:]:53', 'dns.example.no'])(
    'may not be %s, which nobody can ask',
    (server) => {
      expect(() => load(server)).toThrow('DOCTOR_DNS_SERVERS: entry 1');
    },
  );
});
