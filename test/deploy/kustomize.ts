import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

/**
 * As much of kustomize as deploy/kubernetes uses, so that its manifests are checked where there is no kubectl.
 * What it does not know it refuses, and where there is a kubectl a test compares the two.
 */

// biome-ignore lint/suspicious/noExplicitAny: any part of a manifest of any kind
export type Part = any;

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [field: string]: Part;
}

interface Generator {
  name: string;
  behavior?: 'merge';
  literals?: string[];
  files?: string[];
}

interface Target {
  kind?: string;
  name?: string;
  labelSelector?: string;
}

interface Kustomization {
  namespace?: string;
  resources?: string[];
  components?: string[];
  configMapGenerator?: Generator[];
  patches?: { path: string; target: Target }[];
  images?: { name: string; newName: string; newTag: string }[];
}

const known = new Set([
  ...['apiVersion', 'kind', 'namespace', 'resources', 'components', 'configMapGenerator', 'generatorOptions'],
  ...['patches', 'images'],
]);

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const kubernetes = join(root, 'deploy/kubernetes');
const file = 'kustomization.yaml';
const isFolder = (path: string) => statSync(path).isDirectory();

function readKustomization(folder: string): Kustomization {
  const read = parse(readFileSync(join(folder, file), 'utf8')) as Kustomization;
  const unknown = Object.keys(read).filter((field) => !known.has(field));
  if (unknown.length > 0)
    throw new Error(`${relative(root, folder)} uses ${unknown}: teach test/deploy/kustomize.ts`);
  return read;
}

const readManifests = (path: string): Manifest[] =>
  parseAllDocuments(readFileSync(path, 'utf8'), { merge: true }).map((document) => document.toJS());

/** What makes two entries of a list the same, in the order in which it is looked for. */
const keyOf = (entry: Part) => entry?.name ?? entry?.mountPath ?? entry?.containerPort;

/** A strategic merge: maps are merged, lists too where their entries have names, all else is replaced. */
function merged(into: Part, patch: Part): Part {
  if (Array.isArray(into) && Array.isArray(patch)) {
    if (patch.some((entry) => keyOf(entry) === undefined)) return patch;
    const rest = into.filter((entry) => !patch.some((one) => keyOf(one) === keyOf(entry)));
    const both = patch.map((entry) => {
      const old = into.find((one) => keyOf(one) === keyOf(entry));
      return old === undefined ? entry : merged(old, entry);
    });
    return [...both, ...rest];
  }
  if (!isMap(into) || !isMap(patch)) return patch;
  const entries = Object.entries(patch).map(([key, value]) => [
    key,
    key in into ? merged(into[key], value) : value,
  ]);
  return { ...into, ...Object.fromEntries(entries) };
}

const isMap = (part: Part) => typeof part === 'object' && part !== null && !Array.isArray(part);

/** JSON patch (RFC 6902), without `move`, `copy` and `test`. */
function apply(manifest: Manifest, { op, path, value }: { op: string; path: string; value?: Part }): void {
  const keys = path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Part>((part, key) => part?.[key], manifest);
  if (parent === undefined || (op !== 'add' && !(last in parent)))
    throw new Error(`${path} is not there to ${op}`);
  if (op === 'remove') delete parent[last];
  else if (Array.isArray(parent) && last === '-') parent.push(value);
  else if (op === 'add' || op === 'replace') parent[last] = value;
  else throw new Error(`${op}: teach test/deploy/kustomize.ts`);
}

function matches({ kind, metadata }: Manifest, target: Target): boolean {
  const [label = '', value] = target.labelSelector?.split('=') ?? [];
  return (
    (target.kind === undefined || target.kind === kind) &&
    (target.name === undefined || target.name === metadata.name) &&
    (target.labelSelector === undefined || metadata.labels?.[label] === value)
  );
}

function patched(
  manifests: Manifest[],
  folder: string,
  { path, target }: { path: string; target: Target },
): Manifest[] {
  const patch = parse(readFileSync(join(folder, path), 'utf8'));
  if (!manifests.some((manifest) => matches(manifest, target))) throw new Error(`${path} patches nothing`);
  return manifests.map((manifest) => {
    if (!matches(manifest, target)) return manifest;
    if (!Array.isArray(patch)) return merged(manifest, { spec: patch.spec });
    const copy = structuredClone(manifest);
    for (const operation of patch) apply(copy, operation);
    return copy;
  });
}

function generated(folder: string, { name, literals = [], files = [] }: Generator): Manifest {
  const pairs = [
    ...literals.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
    ...files.map((text) => {
      const [key, path] = text.includes('=') ? text.split('=') : [basename(text), text];
      return [key, readFileSync(join(folder, path ?? ''), 'utf8')];
    }),
  ];
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: Object.fromEntries(pairs) };
}

/** Every container of a manifest, wherever its pod's description stands. */
export function podOf(manifest: Manifest): Part {
  return manifest.spec?.template?.spec;
}

export const containersOf = (manifest: Manifest): Part[] => [
  ...(podOf(manifest)?.initContainers ?? []),
  ...(podOf(manifest)?.containers ?? []),
];

/** The manifests of a folder, without the hashes that kustomize puts behind the names of ConfigMaps. */
export function build(folder: string, before: Manifest[] = []): Manifest[] {
  const {
    namespace,
    resources = [],
    components = [],
    configMapGenerator = [],
    patches = [],
    images = [],
  } = readKustomization(folder);
  let manifests = [
    ...before,
    ...resources.flatMap((path) => {
      const at = resolve(folder, path);
      return isFolder(at) ? build(at) : readManifests(at);
    }),
  ];
  for (const generator of configMapGenerator) {
    const made = generated(folder, generator);
    const old = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === generator.name,
    );
    if ((old !== undefined) !== (generator.behavior === 'merge'))
      throw new Error(
        `${relative(root, folder)}: ${generator.name} is ${old ? 'there already' : 'not there to merge'}`,
      );
    if (old) manifests = manifests.map((one) => (one === old ? merged(one, { data: made.data }) : one));
    else manifests.push(made);
  }
  for (const path of components) manifests = build(resolve(folder, path), manifests);
  for (const patch of patches) manifests = patched(manifests, folder, patch);
  if (images.length > 0) manifests = manifests.map((manifest) => withImages(manifest, images));
  return namespace === undefined ? manifests : manifests.map((manifest) => within(manifest, namespace));
}

function withImages(manifest: Manifest, images: NonNullable<Kustomization['images']>): Manifest {
  const copy = structuredClone(manifest);
  for (const container of containersOf(copy)) {
    const image = images.find(({ name }) => container.image.startsWith(`${name}:`));
    if (image) container.image = `${image.newName}:${image.newTag}`;
  }
  return copy;
}

const within = (manifest: Manifest, namespace: string): Manifest =>
  manifest.kind === 'Namespace' ? manifest : merged(manifest, { metadata: { namespace } });

/** Files below deploy/kubernetes that no kustomization reaches. */
export function unusedFiles(): string[] {
  const used = new Set<string>();
  const folders = readdirSync(kubernetes, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === file)
    .map((path) => join(kubernetes, path, '..'));
  for (const folder of folders) {
    const { resources = [], patches = [], configMapGenerator = [] } = readKustomization(folder);
    const files = configMapGenerator.flatMap(({ files: from = [] }) =>
      from.map((text) => text.split('=').at(-1) ?? ''),
    );
    for (const path of [...resources, ...files, ...patches.map((patch) => patch.path)])
      used.add(resolve(folder, path));
  }
  return readdirSync(kubernetes, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ya?ml|conf)$/.test(path) && basename(path) !== file)
    .filter((path) => !used.has(join(kubernetes, path)));
}
