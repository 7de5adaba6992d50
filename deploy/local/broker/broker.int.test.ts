import { connect } from 'amqplib';
import { brokerContract } from './broker-contract.ts';
import { startBroker } from './index.ts';

const rabbitUrl = process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672';

/** RabbitMQ's version, or the reason why it does not answer within ten seconds. */
async function probe(url: string): Promise<{ version: string } | { absent: string }> {
  try {
    const connection = await connect(url, { timeout: 10_000 });
    const { version } = connection.connection.serverProperties;
    await connection.close();
    return { version };
  } catch (error) {
    return { absent: (error as Error).message };
  }
}

const rabbit = await probe(rabbitUrl);
const { host } = new URL(rabbitUrl);

if ('version' in rabbit) {
  console.log(`The contract runs on the embedded broker and on RabbitMQ ${rabbit.version} at ${host}.`);
  brokerContract(`RabbitMQ ${rabbit.version}`, async () => ({ url: rabbitUrl, close: async () => {} }));
} else {
  const report = `no RabbitMQ at ${host} (${rabbit.absent})`;
  if (process.env.REQUIRE_REAL_SERVICES === '1') throw new Error(`REQUIRE_REAL_SERVICES=1, and ${report}`);
  console.log(`The contract runs on the embedded broker only: ${report}.`);
}

brokerContract('the embedded broker', async () => {
  const faults: Error[] = [];
  const broker = await startBroker({ port: 0, onFault: (fault) => faults.push(fault) });
  return {
    url: broker.url,
    close: async () => {
      await broker.close();
      if (faults.length > 0) throw new AggregateError(faults, 'the broker reported faults');
    },
  };
});
