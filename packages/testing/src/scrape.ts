/** One line of `/metrics`. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

/** Reads Prometheus' text format; a line that is none is an error. */
export function parseMetrics(text: string): Sample[] {
  return text
    .split('\n')
    .filter((row) => row !== '' && !row.startsWith('#'))
    .map((row) => {
      const [, name, labels = '', value] = line.exec(row) ?? [];
      if (name === undefined) throw new Error(`not a line of metrics: ${row}`);
      return {
        name,
        labels: Object.fromEntries([...labels.matchAll(label)].map(([, key, text = '']) => [key, text])),
        value: Number(value),
      };
    });
}

/** What a service says on its `/metrics`. */
export async function scrape({ metricsUrl }: { metricsUrl: string }): Promise<Sample[]> {
  const answer = await fetch(metricsUrl);
  if (!answer.ok) throw new Error(`${metricsUrl} answered ${answer.status}`);
  return parseMetrics(await answer.text());
}

/** The value of the one series of this name that has these labels among its own, or undefined. */
export function metricValue(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  return samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value;
}
