import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '@meander/testing';
import { connect } from 'amqplib';
import { expect, onTestFinished, test } from 'vitest';
import { until } from './contract/inbox.ts';
import { startBroker } from './index.ts';

const standalone = fileURLToPath(new URL('./standalone.ts', import.meta.url));

test('a port that is taken is reported with the system’s code', async () => {
  const broker = await startBroker({ port: 0 });
  await expect(startBroker({ port: broker.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await broker.close();
});

test('closing ends clients the way RabbitMQ does: a close with 320, and no error', async () => {
  const broker = await startBroker({ port: 0 });
  const connection = await connect(broker.url);
  const events: string[] = [];
  connection.on('error', () => events.push('error'));
  connection.on('close', (reason) => events.push(`close ${(reason as { code?: number }).code}`));
  await broker.close();
  await until('the client has noticed', () => events.length > 0);
  expect(events).toEqual(['close 320']);
});

test('closing twice is closing once, and frees the port for a broker that knows nothing', async () => {
  const first = await startBroker({ port: await freePort() });
  const connection = await connect(first.url);
  connection.on('error', () => {});
  const channel = await connection.createChannel();
  await channel.assertQueue('forgotten', { durable: true, expires: 60_000, messageTtl: 60_000 });
  channel.sendToQueue('forgotten', Buffer.from('x'));
  await Promise.all([first.close(), first.close()]);
  const second = await startBroker({ port: first.port });
  const again = await connect(second.url);
  const other = await again.createChannel();
  other.on('error', () => {});
  await expect(other.checkQueue('forgotten')).rejects.toMatchObject({ code: 404 });
  await again.close();
  await second.close();
});

test('the broker by itself prints its url, and ends on SIGTERM with clients connected and timers set', async () => {
  const child = spawn(process.execPath, [standalone, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const url = await until('the url', () => /^amqp:\/\/127\.0\.0\.1:\d+\n$/.test(printed) && printed.trim());
  const connection = await connect(`${url}?heartbeat=5`);
  const channel = await connection.createChannel();
  await channel.assertQueue('timed', { durable: true, expires: 3_600_000, messageTtl: 3_600_000 });
  channel.sendToQueue('timed', Buffer.from('x'));
  await channel.checkQueue('timed');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});
