import { restore } from './backup.ts';
import { runCommand } from './command.ts';

await runCommand('restore', restore);
