/** The address of `path` below a base address, which may end with a slash or not, and may have a path itself. */
export function urlBelow(base: string, path: string): URL {
  return new URL(path, `${base.replace(/\/+$/, '')}/`);
}
