import { writeFileSync } from 'node:fs';
import { intake } from './intake.ts';
import { notification } from './notification.ts';
import { overview } from './overview.ts';
import { dashboard } from './panels.ts';
import { pipeline } from './pipeline.ts';
import { rabbitmq } from './rabbitmq.ts';

/** Every dashboard by the name of its file in ../dashboards, which is what Grafana reads. */
export const built: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ overview, intake, notification, pipeline, rabbitmq }).map(([name, spec]) => [
    `${name}.json`,
    `${JSON.stringify(dashboard(spec), null, 2)}\n`,
  ]),
);

/** `npx node deploy/observability/grafana/source/build.ts && npm run format` writes them; a test tells when that was forgotten. */
if (import.meta.main) {
  for (const [file, text] of Object.entries(built))
    writeFileSync(new URL(`../dashboards/${file}`, import.meta.url), text);
}
