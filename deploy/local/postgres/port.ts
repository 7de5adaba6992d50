import { createServer } from 'node:net';

/** Whether we could listen there now; port 0 asks for any and gives the number found. */
export function tryPort(port: number): Promise<{ port: number } | { fault: string }> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      resolve({ fault: taken ? 'the port is taken' : (error.code ?? error.message) });
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const found = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve({ port: found }));
    });
  });
}

export function portError(port: number, fault: string): Error {
  return new Error(
    `PostgreSQL cannot listen on 127.0.0.1:${port}: ${fault}. Set POSTGRES_PORT to another port.`,
  );
}
