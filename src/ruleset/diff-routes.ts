import type { RouteDocument } from '../core/topology-document.ts';
import { type Change, change } from './change.ts';
import { describeRoute } from './describe-topology.ts';
import { missPolicyInWords, sourceInWords } from './source-in-words.ts';

/** Routes by name: those that come, go or change, and another order of those that stay. */
export function diffRoutes(before: readonly RouteDocument[], after: readonly RouteDocument[]): readonly Change[] {
  const was = new Map(before.map((route) => [route.name, route]));
  const is = new Map(after.map((route) => [route.name, route]));
  const gone = before.filter((route) => !is.has(route.name));
  return [
    ...gone.map((route) => change('routeRemoved', route.name, `${describeRoute(route)} is removed`)),
    ...after.flatMap((route, index) => {
      const old = was.get(route.name);
      return old === undefined ? [added(route, after[index + 1])] : diffRoute(old, route);
    }),
    ...reordered(
      before.filter((route) => is.has(route.name)),
      after.filter((route) => was.has(route.name)),
    ),
  ];
}

function added(route: RouteDocument, next: RouteDocument | undefined): Change {
  const place = next === undefined ? 'as the last' : `before ${next.name}`;
  return change('routeAdded', route.name, `${describeRoute(route)} is added ${place}`);
}

function diffRoute(was: RouteDocument, is: RouteDocument): readonly Change[] {
  const [old, next] = [fieldsInWords(was), fieldsInWords(is)];
  const steps = Object.keys(next).filter((field) => old[field] !== next[field]);
  return steps.map((field) =>
    change('routeChanged', is.name, `route ${is.name}: ${field} ${old[field]} → ${next[field]}`),
  );
}

/** Every field of a route as words, those of limits, timeouts and hold with their place. */
function fieldsInWords(route: RouteDocument): Readonly<Record<string, string>> {
  const list = (words: readonly string[], none: string): string => (words.length === 0 ? none : words.join(', '));
  const nested = (place: string, values: object): readonly (readonly [string, string])[] =>
    Object.entries(values).map(([name, value]) => [`${place}.${name}`, String(value)]);
  const entries: readonly (readonly [string, string])[] = [
    ['hosts', list(route.hosts, 'any')],
    ['path', route.path],
    ['methods', list(route.methods, 'any')],
    ['kind', route.kind],
    ['identity', list(route.identity.map(sourceInWords), 'none')],
    ['onMissing', missPolicyInWords(route.onMissing)],
    ['onUnavailable', route.onUnavailable],
    ['strict', String(route.strict)],
    ['idempotencyKey', String(route.idempotencyKey)],
    ['priority', String(route.priority)],
    ...nested('limits', route.limits),
    ...nested('timeouts', route.timeouts),
    ...nested('hold', route.hold),
  ];
  return Object.fromEntries(entries);
}

function reordered(before: readonly RouteDocument[], after: readonly RouteDocument[]): readonly Change[] {
  const [was, is] = [before, after].map((routes) => routes.map((route) => route.name).join(', '));
  if (was === is) return [];
  return [change('routesReordered', after[0]?.name ?? '', `routes are matched in another order: ${is} (was ${was})`)];
}
