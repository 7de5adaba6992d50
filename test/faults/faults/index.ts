import type { Fault } from '../fault.ts';
import { brokerFaults } from './broker.ts';
import { conditionFaults } from './conditions.ts';
import { databaseFaults } from './database.ts';
import { killerFaults } from './killer.ts';
import { mailFaults } from './mail.ts';
import { messageFaults } from './messages.ts';
import { processFaults } from './processes.ts';
import { redisFaults } from './redis.ts';
import { versionFaults } from './versions.ts';

/**
 * Every row, in the order of the table; the first is the calm that the others are held against. Those of the mail
 * come early: what they leave waiting is sent while the others run.
 */
export const allFaults: readonly Fault[] = [
  ...processFaults,
  ...mailFaults,
  ...brokerFaults,
  ...redisFaults,
  ...databaseFaults,
  ...messageFaults,
  ...killerFaults,
  ...conditionFaults,
  ...versionFaults,
];
