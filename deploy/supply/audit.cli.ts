import { spawnSync } from 'node:child_process';
import { judgeAudit } from './audit.ts';

/**
 * `npm run audit`: fails on a known vulnerability of severity high or above in what runs in production or in a
 * tool. Where the registry cannot be asked it says so and fails nobody: whether it answers is no property of the code.
 */
const { stdout } = spawnSync('npm', ['audit', '--json'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
  shell: process.platform === 'win32',
});
const { ok, lines } = judgeAudit(stdout);
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = ok ? 0 : 1;
