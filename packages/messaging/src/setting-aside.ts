import { backoffDelay, type Logger, pause } from '@meander/runtime';
import type { ConsumeMessage } from 'amqplib';
import { type DeadReason, setAside } from './dead-letters.ts';
import { nameOf } from './message-name.ts';
import type { Publisher } from './publisher.ts';

/**
 * Sets a message aside, however long the broker takes. True once it is a dead letter; false where the process stops or
 * the message was lost with its channel, and the broker has it still.
 */
export type SettingAside = (
  message: ConsumeMessage,
  reason: DeadReason,
  isLost: () => boolean,
) => Promise<boolean>;

/** @param queue from which the messages come */
export function createSettingAside({
  publisher,
  queue,
  logger,
  stopping,
}: {
  publisher: Publisher;
  queue: string;
  logger: Logger;
  stopping: AbortSignal;
}): SettingAside {
  return async (message, reason, isLost) => {
    const about = { queue, message_id: nameOf(message), reason };
    for (let waits = 1; !isLost() && !stopping.aborted; waits += 1) {
      if (await setAside(publisher, { queue, reason, message })) {
        logger.error(about, 'message set aside');
        return true;
      }
      if (waits === 1) logger.warn(about, 'message not set aside yet');
      await pause(backoffDelay(waits), stopping);
    }
    return false;
  };
}
