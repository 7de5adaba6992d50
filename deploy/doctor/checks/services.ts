import { urlBelow } from '@meander/lead';
import { type Finding, findingsOf, placeOf } from '../finding.ts';

const { ok, note, fault } = findingsOf('services');

/** What each service says of itself at `/readyz`. */
export async function checkServices(urls: Readonly<Record<string, string>>): Promise<Finding[]> {
  return Promise.all(
    Object.entries(urls).map(async ([name, url]) => {
      const variable = `${name.toUpperCase()}_URL`;
      try {
        const answer = await fetch(urlBelow(url, 'readyz'), {
          signal: AbortSignal.timeout(5_000),
        });
        const { status, checks = {} } = (await answer.json()) as {
          status?: string;
          checks?: Record<string, string>;
        };
        const down = Object.keys(checks).filter((check) => checks[check] === 'down');
        if (status !== 'ready')
          return fault(
            `${name} at ${placeOf(url)} is ${status ?? 'something else'}${down.length > 0 ? `: ${down.join(', ')} down` : ''}.`,
            status === undefined
              ? `Something else answers there: set ${variable}.`
              : 'docs/runbooks/service-not-ready.md',
          );
        return down.length > 0
          ? note(
              `${name} is ready, but does without ${down.join(', ')}.`,
              'docs/runbooks/service-not-ready.md',
            )
          : ok(`${name} is ready.`);
      } catch {
        return fault(
          `${name} does not answer at ${placeOf(url)}.`,
          `Start it; where it runs elsewhere, set ${variable}.`,
        );
      }
    }),
  );
}
