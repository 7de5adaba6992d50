const colours = { intake: 36, notification: 35, pipeline: 33 } as const;

const levels: Record<string, number> = { warn: 33, error: 31, fatal: 31 };

const paint = (colour: number, text: string) => `\u001b[${colour}m${text}\u001b[0m`;

/** A log line for people: the message, then what stands beside it. */
function pretty(line: string): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    return line;
  }
  const { level, time, message, service: _service, trace_id: _trace, span_id: _span, ...rest } = record;
  const details = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  const text = `${String(time).slice(11, 19)} ${message} ${paint(2, details.join(' '))}`;
  const colour = levels[String(level)];
  return colour ? `${paint(colour, String(level))} ${text}` : text;
}

/** Prints the services' lines: prefixed, coloured and readable in a terminal; JSON as it came elsewhere. */
export function createPrinter(out: NodeJS.WriteStream) {
  return (name: keyof typeof colours, line: string): void => {
    out.write(out.isTTY ? `${paint(colours[name], name.padEnd(12))} ${pretty(line)}\n` : `${line}\n`);
  };
}
