import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import dockerignore from '@balena/dockerignore';
import { read } from './compose-file.ts';
import { effective, lineage } from './dockerfile.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** A stage of the Dockerfile as a plain folder. */
export interface Image {
  /** What stands for `/` in the image, but for what the base image brings. */
  folder: string;
  /** The command of the image, with the Node.js of this process, and where it runs. */
  command: readonly [file: string, ...args: string[]];
  workingDirectory: string;
  /** What the image adds to the environment. */
  env: Record<string, string>;
  /** Who runs it, where this process may choose: nobody but root can become somebody else. */
  user: { uid?: number; gid?: number };
  /** A path of the image as one of this machine. */
  path(inImage: string): string;
  remove(): void;
}

/** Where the base image has it. */
const nodeInImage = 'usr/local/bin/node';

const isRoot = process.getuid?.() === 0;
const owner = (text = ''): { uid?: number; gid?: number } => {
  const [uid = 0, gid = uid] = text.split(':').map(Number);
  return isRoot && text !== '' ? { uid, gid } : {};
};

/** Of the environment only what a build has as well: npm's settings of this run are not those of the image. */
const buildEnv = () => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  npm_config_prefer_offline: 'true',
  npm_config_update_notifier: 'false',
});

/** Copies what `.dockerignore` lets into the build context. */
function copyFromContext(source: string, target: string): void {
  const ignore = dockerignore.default().add(read('.dockerignore'));
  cpSync(join(root, source), target, {
    recursive: true,
    filter: (path) => {
      const name = relative(root, path);
      if (!ignore.ignores(name)) return true;
      // What is left out may hold something that is let in again.
      return lstatSync(path).isDirectory() && !name.includes('node_modules');
    },
  });
}

/** Takes away the folders in which nothing was let in. */
function dropEmptyFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    dropEmptyFolders(path);
    if (readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}

/** Every file and folder below, those inside before the one that holds them. */
function forEachPath(folder: string, visit: (path: string) => void): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) forEachPath(path, visit);
    else if (!entry.isSymbolicLink()) visit(path);
  }
  visit(folder);
}

/**
 * Does what the Dockerfile says for a stage, in a folder and without an engine: its COPY with `.dockerignore`,
 * its RUN, from every stage that it takes part of. The base image is not there; Node.js is this process's own.
 * @param args the build arguments
 */
export async function assembleImage(target: string, args: Record<string, string>): Promise<Image> {
  const folder = mkdtempSync(join(tmpdir(), `meander-${target}-`));
  chmodSync(folder, 0o755);
  const node = join(folder, nodeInImage);
  mkdirSync(dirname(node), { recursive: true });
  // Where this process's own lies, another user may not come.
  copyFileSync(process.execPath, node);
  const fill = (text: string) => text.replace(/\$\{(\w+)\}/g, (_all, name: string) => args[name] ?? '');
  let directory = '/';
  const path = (inImage: string) => join(folder, posix.resolve(directory, inImage));
  let user: Image['user'] = {};
  const env: Record<string, string> = {};

  const instructions: Record<string, (text: string) => Promise<void> | void> = {
    ENV: (text) => {
      for (const [, name = '', value = ''] of text.matchAll(/(\w+)=(\S+)/g)) env[name] = value;
    },
    WORKDIR: (text) => {
      directory = posix.resolve(directory, fill(text));
      mkdirSync(path('.'), { recursive: true });
    },
    USER: (text) => {
      user = owner(text);
    },
    async COPY(text) {
      const words = fill(text).split(/\s+/);
      const flag = (name: string) => words.find((word) => word.startsWith(`--${name}=`))?.split('=')[1];
      const names = words.filter((word) => !word.startsWith('--'));
      const from = flag('from');
      const { uid, gid } = owner(flag('chown'));
      const to = names.pop() ?? '.';
      const other = from === undefined ? undefined : await assembleImage(from, args);
      for (const name of names) {
        // A folder's contents go into the target; a file goes into it when it is one that ends in a slash.
        const goal = path(
          to.endsWith('/') && names.length > 0 && /\.\w+$/.test(name) ? join(to, posix.basename(name)) : to,
        );
        mkdirSync(dirname(goal), { recursive: true });
        if (other) cpSync(other.path(name), goal, { recursive: true, verbatimSymlinks: true });
        else {
          copyFromContext(name, goal);
          if (lstatSync(goal).isDirectory()) dropEmptyFolders(goal);
        }
        if (uid !== undefined && gid !== undefined) forEachPath(goal, (one) => chownSync(one, uid, gid));
      }
      other?.remove();
    },
    async RUN(text) {
      const command = text.startsWith('[') ? JSON.parse(text) : ['sh', '-c', text];
      const [file, ...rest] = command as [string, ...string[]];
      await run(file === 'node' ? node : file, rest, {
        cwd: path('.'),
        env: { ...buildEnv(), ...env, ...args },
        ...user,
      });
    },
  };
  for (const { name, text } of lineage(target).flatMap((one) => one.instructions))
    await instructions[name]?.(text);

  const command = JSON.parse(effective(target, 'CMD') ?? '["node"]') as string[];
  return {
    folder,
    command: [node, ...command.slice(1)],
    workingDirectory: path('.'),
    env,
    user,
    path,
    remove() {
      forEachPath(folder, (one) => chmodSync(one, 0o755));
      rmSync(folder, { recursive: true });
    },
  };
}

/** Takes the right to write from everybody, as a container's read-only file system does. */
export function makeReadOnly({ folder }: Image): void {
  forEachPath(folder, (path) => chmodSync(path, lstatSync(path).mode & 0o555));
}

/** What the files of an image take beside its base image, in bytes. */
export function sizeOf(image: Image): number {
  let bytes = 0;
  forEachPath(image.path('/app'), (path) => {
    bytes += lstatSync(path).isFile() ? lstatSync(path).size : 0;
  });
  return bytes;
}
