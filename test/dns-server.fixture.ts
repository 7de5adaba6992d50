import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, decode, encode, RECURSION_AVAILABLE } from 'dns-packet';

/** A DNS server on loopback that knows what it is told: records by `TYPE name`. */
export interface DnsServer {
  /** As DOCTOR_DNS_SERVERS takes it. */
  address: string;
  records: Map<string, Answer[]>;
  stop(): void;
}

export async function startDnsServer(): Promise<DnsServer> {
  const records = new Map<string, Answer[]>();
  const socket = createSocket('udp4');
  socket.on('message', (message, { address, port }) => {
    const { id = 0, questions = [] } = decode(message);
    const answers = questions.flatMap(({ type, name }) => records.get(`${type} ${name}`) ?? []);
    const noSuchName = 3;
    const flags = RECURSION_AVAILABLE | (answers.length === 0 ? noSuchName : 0);
    socket.send(encode({ type: 'response', id, flags, questions, answers }), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, records, stop: () => socket.close() };
}
