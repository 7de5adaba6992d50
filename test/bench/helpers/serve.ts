/** What a helper process does when it is asked to; input and answer must survive the way between processes. */
export type Commands = Record<string, (input: never) => unknown>;

export interface Call {
  id: number;
  name: string;
  input: unknown;
}

export type Reply = { id: number } & ({ value: unknown } | { error: string });

/** Answers calls for as long as whoever started this process is there, and ends with it. */
export function serve(commands: Commands): void {
  process.on('message', async ({ id, name, input }: Call) => {
    const reply: Reply = await Promise.resolve()
      .then(() => commands[name]?.(input as never))
      .then(
        (value) => ({ id, value }),
        (error) => ({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
    process.send?.(reply);
  });
  process.on('disconnect', () => process.exit(0));
  // A terminal sends Ctrl-C to everybody; whoever started this process ends it in its turn.
  process.on('SIGINT', () => {});
}
