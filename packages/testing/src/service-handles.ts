import { type ServiceName, startServiceProcess } from '@meander/local/service-process';
import { waitUntil } from './wait-until.ts';

/** A service that runs as a process of its own, as in production. */
export interface ServiceHandle {
  url: string;
  /** Where `/metrics` is. */
  metricsUrl: string;
  /** Its output, line by line. */
  lines: string[];
  /** Resolves with how the process ended. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/** Starts services on any free ports and waits until each is ready. */
export async function startServices<N extends ServiceName>(
  names: readonly N[],
  env: Record<string, string>,
): Promise<Record<N, ServiceHandle>> {
  const handles = names.map(async (name): Promise<[N, ServiceHandle]> => {
    const lines: string[] = [];
    const started = startServiceProcess(
      name,
      0,
      { ...process.env, ...env, LOG_LEVEL: 'info' },
      (_name, line) => {
        lines.push(line);
      },
    );
    const listening = () => {
      const line = lines.find((text) => text.includes('"message":"listening"'));
      return line === undefined ? undefined : (JSON.parse(line) as { port: number; metrics_port: number });
    };
    const { port, metrics_port } = await waitUntil(`${name} listens`, listening, 30);
    const url = `http://127.0.0.1:${port}`;
    const metricsUrl = `http://127.0.0.1:${metrics_port}/metrics`;
    await waitUntil(`${name} is ready`, async () => (await fetch(`${url}/readyz`)).ok, 30);
    return [name, { url, metricsUrl, lines, ended: started.ended, stop: started.stop }];
  });
  return Object.fromEntries(await Promise.all(handles)) as Record<N, ServiceHandle>;
}
