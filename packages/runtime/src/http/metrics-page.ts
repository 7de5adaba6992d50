import type { RequestListener } from 'node:http';
import { readMetrics } from '@meander/telemetry';

/**
 * `GET /metrics` in Prometheus' text format, and nothing else. It is served on a port of its own: numbers of the
 * business are not for the public, and the port that is must not have to be filtered.
 */
export const metricsPage: RequestListener = async (req, res) => {
  const { pathname } = URL.parse(req.url ?? '', 'http://localhost') ?? {};
  if (pathname !== '/metrics') {
    res.writeHead(404).end();
    return;
  }
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  try {
    const text = await readMetrics();
    res.writeHead(200, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
      'Cache-Control': 'no-store',
    });
    res.end(req.method === 'HEAD' ? undefined : text);
  } catch {
    // Half an answer would be taken for the whole one.
    res.writeHead(500).end();
  }
};
