import { createBell, type Logger, type Part } from '@meander/runtime';

/** What has changed about the counts of leads since they were last written down. */
export interface CountChanges {
  /**
   * Adds a batch of the changes to the counts; no reader sees a difference. One copy of the service does so at a time,
   * for the others there is nothing to do. Tells whether there are likely more.
   */
  fold(): Promise<{ more: boolean }>;
}

/** How often, in milliseconds: whoever counts reads what has changed since. */
const interval = 5_000;

/** Keeps the changes few, so that counting stays quick. Nothing depends on when it is done. */
export function createCountFolding({ changes, logger }: { changes: CountChanges; logger: Logger }): Part {
  const bell = createBell();
  let stopped = false;
  let running = Promise.resolve();

  const loop = async () => {
    while (!stopped) {
      try {
        const { more } = await changes.fold();
        if (more) continue;
      } catch (err) {
        logger.warn({ err }, 'counts of leads not brought up to date, trying again');
      }
      if (!stopped) await bell.wait(interval);
    }
  };

  return {
    async start() {
      running = loop();
    },
    async stop() {
      stopped = true;
      bell.ring();
      await running;
    },
  };
}
