import type { TopologyDocument } from '../core/topology-document.ts';
import { type Change, change } from './change.ts';
import { diffHomes } from './diff-homes.ts';
import { diffRealms } from './diff-realms.ts';
import { diffRoutes } from './diff-routes.ts';
import { diffUnits } from './diff-units.ts';

export interface TopologyDiff {
  readonly changes: readonly Change[];
  /** The changes in words, a line each; one line that says so if there are none. */
  readonly summary: readonly string[];
}

/** What applying `after` changes where `before` runs, the widest first: realm, homes, units and cells, routes. */
export function diffTopologies(before: TopologyDocument, after: TopologyDocument): TopologyDiff {
  const changes: Change[] = [
    ...diffRealms(before, after),
    ...diffHomes(before, after),
    ...diffUnits(before, after),
    ...diffRoutes(before.routes, after.routes),
  ];
  if (changes.length === 0 && JSON.stringify(before) !== JSON.stringify(after)) {
    changes.push(change('order', after.realm, 'only the order in which cities, units, cells or blocks stand changes'));
  }
  const summary = changes.length === 0 ? ['nothing changes'] : changes.map(({ text }) => text);
  return { changes, summary };
}
