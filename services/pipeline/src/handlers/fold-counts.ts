import { createRounds, type Logger, type Part } from '@meander/runtime';

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
  return createRounds({
    interval,
    round: async () => (await changes.fold()).more,
    failed: (err) => logger.warn({ err }, 'counts of leads not brought up to date, trying again'),
  });
}
