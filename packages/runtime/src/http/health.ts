import { withDeadline } from '../deadline.ts';
import type { Routes } from './app.ts';

/** One thing that a service needs. `check` resolves where it answers; `required` ones decide readiness. */
export interface Dependency {
  name: string;
  required: boolean;
  check(): Promise<void>;
}

/** The state that the probes read. */
export interface Health {
  dependencies: Dependency[];
  /** True from the moment that the process is told to stop. */
  draining(): boolean;
}

/** A probe answers within this time, whatever hangs, in milliseconds. */
const probeDeadline = 1_500;

/** `/healthz`: the process is alive. `/readyz`: each dependency by name; 503 while a required one is away, or draining. */
export function healthRoutes(health: Health): Routes {
  return {
    '/healthz': { get: (_req, res) => void res.json({ status: 'ok' }) },
    '/readyz': {
      get: async (_req, res) => {
        const states = await Promise.all(
          health.dependencies.map(async ({ name, required, check }) => {
            const up = await withDeadline(check(), probeDeadline).then(
              () => true,
              () => false,
            );
            return { name, required, up };
          }),
        );
        const draining = health.draining();
        const ready = !draining && states.every(({ required, up }) => up || !required);
        res.status(ready ? 200 : 503).json({
          status: draining ? 'draining' : ready ? 'ready' : 'not ready',
          checks: Object.fromEntries(states.map(({ name, up }) => [name, up ? 'up' : 'down'])),
        });
      },
    },
  };
}
