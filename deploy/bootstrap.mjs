/**
 * The first step of every npm command, in plain JavaScript because it may be run by whatever Node.js the
 * machine has (20 or newer): installs what is missing, then runs the real thing on the pinned Node.js.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pinnedNode = `${root}node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`;
const stamp = `${root}node_modules/.meander-installed`;

const commands = {
  start: ['deploy/local/main.ts'],
  test: ['test/run.ts'],
  migrate: ['packages/database/src/cli.ts'],
  apikey: ['packages/auth/src/cli.ts'],
  doctor: ['deploy/doctor/main.ts'],
  'dead-letters': ['packages/messaging/src/dead-letters.cli.ts'],
  outbox: ['packages/messaging/src/outbox.cli.ts'],
  retention: ['services/intake/src/retention.cli.ts'],
  import: ['services/pipeline/src/import.cli.ts'],
  audit: ['deploy/supply/audit.cli.ts'],
  licences: ['deploy/supply/licences.cli.ts'],
  backup: ['deploy/backup/backup.cli.ts'],
  restore: ['deploy/backup/restore.cli.ts'],
  'test:faults': ['test/faults/main.ts'],
  bench: ['test/bench/main.ts'],
};

function fail(message) {
  console.error(message);
  process.exit(1);
}

function installed() {
  const lock = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lock && existsSync(pinnedNode);
}

/** npm's own child processes are told apart from a call by hand, where npm is on the PATH. */
function npm(...args) {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  return spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: command === 'npm' && process.platform === 'win32',
  });
}

function install() {
  console.error('Installing what is missing (once) …');
  const { status } = npm('ci', '--no-audit', '--no-fund', '--loglevel=error');
  if (status !== 0) fail('The installation failed; npm says why above. It needs access to the npm registry.');
  // The pinned Node.js comes by an install script, which npm may have been told not to run.
  if (!existsSync(pinnedNode)) {
    spawnSync(process.execPath, ['installArchSpecificPackage'], {
      cwd: `${root}node_modules/node`,
      stdio: ['ignore', 2, 2],
    });
  }
  if (!existsSync(pinnedNode))
    fail('The pinned Node.js could not be installed: run "npm rebuild node" and try again.');
}

const isSet = (name) => Boolean(process.env[name] || process.env[`${name}_FILE`]);

/**
 * The settings of a local start, for the commands that want its services when none is named; a variable that is set
 * stays. Whoever names a database or a broker means an installation, and gets nothing of another one.
 */
function localSettings() {
  const file = `${process.env.MEANDER_LOCAL_DIR || `${root}.local`}/env`;
  if (isSet('DATABASE_URL') || isSet('AMQP_URL') || !existsSync(file)) return {};
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('='));
  return Object.fromEntries(
    lines
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
      .filter(([name]) => !isSet(name)),
  );
}

const [command = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, command))
  fail(`Usage: npm start | npm test | npm run ${Object.keys(commands).slice(2).join(' | npm run ')}`);
if (!installed()) install();

/** These have servers of their own, or find them by themselves. */
const findsItsServers = command === 'start' || command === 'bench' || command.startsWith('test');
const extra = findsItsServers ? {} : localSettings();
const child = spawn(pinnedNode, [...commands[command], ...args], {
  cwd: root,
  // The channel says to the child when this process has gone, however it went.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: { ...process.env, ...extra },
});
// A terminal sends Ctrl-C to the child as well; a signal to this process alone is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// npm passes a signal on to its shell, which dies of it and tells nobody: then this process has another parent.
const parent = process.ppid;
const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 250);
watch.unref();
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
