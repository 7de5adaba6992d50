import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadIntakeConfig } from '@meander/intake/config';
import { exchanges, queues } from '@meander/messaging';
import { loadNotificationConfig } from '@meander/notification/config';
import { loadPipelineConfig } from '@meander/pipeline/config';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  brokerNames,
  completePasswords,
  makeSecrets,
  secretFiles,
} from '../../deploy/docker/make-secrets.mts';
import { compose, serviceEntries, serviceNames } from './compose-file.ts';

const passwords = completePasswords();
const files = secretFiles(passwords);
const loaders = {
  intake: loadIntakeConfig,
  notification: loadNotificationConfig,
  pipeline: loadPipelineConfig,
};

describe('the secrets of the compose file', () => {
  it.each(serviceNames)('make a configuration that %s takes', (service) => {
    const env = Object.fromEntries(
      Object.entries(compose.services[service]?.environment ?? {}).flatMap(([name, value]) => {
        if (value === null || value.includes('${')) return [];
        const file = value.replace('/run/meander/', `${service}/`);
        return name.endsWith('_FILE') ? [[name.replace(/_FILE$/, ''), files[file]]] : [[name, value]];
      }),
    );
    expect(() => loaders[service]({ SMTP_URL: 'smtp://mail:1025', ...env })).not.toThrow();
  });

  it('are there for every container that reads them, each in a volume of its own', () => {
    const folders = new Set(Object.keys(files).map((name) => name.split('/')[0]));
    const owners = new Map<string, string[]>();
    for (const [name, { volumes = [], environment = {}, command = [] }] of serviceEntries) {
      if (name === 'secrets') continue;
      const folder = volumes
        .map((volume) => /^secrets-([a-z]+):\/run\/meander:ro$/.exec(volume)?.[1])
        .find(Boolean);
      expect(volumes.filter((volume) => volume.startsWith('secrets'))).toHaveLength(folder ? 1 : 0);
      if (!folder) continue;
      expect(folders).toContain(folder);
      owners.set(folder, [...(owners.get(folder) ?? []), name]);
      const read = [...Object.values(environment), ...command].filter((text) =>
        text?.startsWith('/run/meander/'),
      );
      for (const path of read)
        expect(files, name).toHaveProperty([`${folder}/${path?.slice('/run/meander/'.length)}`]);
    }
    expect([...owners.keys()].sort()).toEqual([...folders].sort());
    expect([...owners.values()].filter((names) => names.length > 1)).toEqual([['pipeline', 'apikey']]);
  });

  it('are written to each volume by the job that makes them', () => {
    const mounted = (compose.services.secrets?.volumes ?? []).flatMap(
      (volume) => /^secrets-([a-z]+):\/secrets\/\1$/.exec(volume)?.[1] ?? [],
    );
    expect(mounted.sort()).toEqual([...new Set(Object.keys(files).map((name) => name.split('/')[0]))].sort());
  });

  it('differ from each other and from start to start', () => {
    const all = Object.values({ ...passwords });
    expect(new Set([...all, ...Object.values(completePasswords())]).size).toBe(all.length * 2);
  });

  it.each(serviceNames)('open the broker to what %s declares on it, and to nothing else', (service) => {
    const pattern = new RegExp(brokerNames[service]);
    const declared = [...Object.values(exchanges), ...Object.values(queues).map(({ name }) => name)];
    for (const name of declared) expect(name).toMatch(pattern);
    const foreign = [
      'amq.topic',
      'meander.leadsx',
      'x.meander.leads',
      'others:lead:confirm',
      'intake:a:b',
      '',
    ];
    for (const name of foreign) expect(name).not.toMatch(pattern);
    expect(pattern.test('amq.gen-4GjkTKbmKEigv6udf1hEhA')).toBe(service === 'pipeline');
  });

  it('tell the broker a hash that it can check', () => {
    const { users } = JSON.parse(files['rabbitmq/definitions.json'] ?? '') as {
      users: { name: 'intake'; password_hash: string }[];
    };
    expect(users.map(({ name }) => name)).toEqual(serviceNames);
    for (const { name, password_hash } of users) {
      const salted = Buffer.from(password_hash, 'base64');
      const digest = createHash('sha256').update(salted.subarray(0, 4)).update(passwords[`${name}-broker`]);
      expect(salted.subarray(4)).toEqual(digest.digest());
    }
  });

  it('let Redis be used on the keys of the compose file alone', () => {
    const prefix = compose.services.intake?.environment?.REDIS_KEY_PREFIX;
    expect(files['redis/users.acl']).toContain(` ~${prefix}* -@all `);
  });
});

describe('making them', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'meander-secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');

  it('keeps at the second start what the first has drawn, and completes what is missing', () => {
    makeSecrets(folder);
    const [store, url] = [read('passwords.json'), read('intake/DATABASE_URL')];
    makeSecrets(folder);
    expect([read('passwords.json'), read('intake/DATABASE_URL')]).toEqual([store, url]);

    const { grafana: _, ...rest } = JSON.parse(store);
    writeFileSync(join(folder, 'passwords.json'), JSON.stringify(rest));
    makeSecrets(folder);
    expect(JSON.parse(read('passwords.json'))).toMatchObject(rest);
    expect(read('grafana/admin-password').trim()).toBe(JSON.parse(read('passwords.json')).grafana);
  });

  it('shows all of them together to nobody else', () => {
    makeSecrets(folder);
    expect(statSync(join(folder, 'passwords.json')).mode & 0o777).toBe(0o600);
  });
});
