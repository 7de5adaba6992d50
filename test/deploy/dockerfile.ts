import { read } from './compose-file.ts';

export interface Instruction {
  name: string;
  text: string;
}

export interface Stage {
  name: string;
  /** The image or the stage that it starts from. */
  from: string;
  instructions: Instruction[];
}

/** The stages of the Dockerfile, with lines that go on joined and comments left out. */
function readStages(): Stage[] {
  const lines = read('deploy/docker/Dockerfile')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const found: Stage[] = [];
  for (const line of lines) {
    const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [from = '', , as = ''] = text.split(/\s+/);
      found.push({ name: as, from, instructions: [] });
    } else found.at(-1)?.instructions.push({ name, text });
  }
  return found;
}

export const stages: readonly Stage[] = readStages();

/** A stage by its name. */
export function stage(name: string): Stage {
  const found = stages.find((one) => one.name === name);
  if (!found) throw new Error(`The Dockerfile has no stage "${name}"`);
  return found;
}

/** The stages that one is built on, from the base image up to itself. */
export function lineage(name: string): Stage[] {
  const last = stage(name);
  return stages.some((one) => one.name === last.from) ? [...lineage(last.from), last] : [last];
}

/** The last instruction of the name that holds for a stage, which may stand in a stage that it is built from. */
export function effective(name: string, instruction: string): string | undefined {
  return lineage(name)
    .flatMap(({ instructions }) => instructions)
    .findLast((one) => one.name === instruction)?.text;
}
