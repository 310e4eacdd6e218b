/**
 * The path's segment with this index as received; 0 is the one after the first slash. Undefined when the path is
 * shorter, and for the empty piece after a trailing slash (`/users/` names no user); an empty segment in the middle is
 * an empty value.
 */
export function pathSegment(path: string, index: number): string | undefined {
  if (path.charCodeAt(0) !== 0x2f) return undefined;
  let start = 1;
  for (let skipped = 0; skipped < index; skipped++) {
    const slash = path.indexOf('/', start);
    if (slash === -1) return undefined;
    start = slash + 1;
  }
  const slash = path.indexOf('/', start);
  if (slash === -1 && start === path.length) return undefined;
  return slash === -1 ? path.slice(start) : path.slice(start, slash);
}
