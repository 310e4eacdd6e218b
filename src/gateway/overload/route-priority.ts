import type { RoutingView } from '../routing-view.ts';
import type { UpstreamRequest } from '../upstream.ts';
import { DEFAULT_PRIORITY } from './cell-queue.ts';

/**
 * How important a request is: the `priority` of the route that takes it by the guard's own table, whoever sent it here, so that
 * nothing that another gateway says decides it. It is looked up only for requests that find their cell full.
 */
export function routePriority(
  view: RoutingView | null,
  { method, target, headers }: Pick<UpstreamRequest, 'method' | 'target' | 'headers'>,
): number {
  if (view === null) return DEFAULT_PRIORITY;
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  const { matcher, routes } = view;
  return routes[matcher.match(method, hostOf(headers), path)]?.route.priority ?? DEFAULT_PRIORITY;
}

function hostOf(headers: readonly string[]): string {
  for (let at = 0; at < headers.length; at += 2)
    if (headers[at]?.toLowerCase() === 'host') return headers[at + 1] ?? '';
  return '';
}
