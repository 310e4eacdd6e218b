import type { Path } from './mistake.ts';

/** The object that a path is about, in words, and what is left of the path: `unit RZ02`, `cell RZ02A`, `route users`. */
export function subjectOf(path: Path, root: unknown): { readonly subject: string; readonly rest: Path } {
  const [section, name, inner, cell] = path;
  if (section === 'units' && name !== undefined) {
    if (inner === 'cells' && cell !== undefined) return { subject: `cell ${cell}`, rest: path.slice(4) };
    return { subject: `unit ${name}`, rest: path.slice(2) };
  }
  if (section === 'routes' && typeof name === 'number') return { subject: routeName(root, name), rest: path.slice(2) };
  if (section === 'cities' && name !== undefined) return { subject: `city ${name}`, rest: path.slice(2) };
  return { subject: 'ruleset', rest: path };
}

/** By its name if it has one, else by its place, counted from 1. */
function routeName(root: unknown, index: number): string {
  const routes = (root as { routes?: unknown } | null)?.routes;
  const route = Array.isArray(routes) ? (routes[index] as unknown) : null;
  const name = typeof route === 'object' && route !== null ? (route as { name?: unknown }).name : null;
  return typeof name === 'string' ? `route ${name}` : `route ${index + 1}`;
}
