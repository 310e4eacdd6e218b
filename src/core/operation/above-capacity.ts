import type { Table } from '../table.ts';
import type { Operation } from './operation.ts';

/**
 * Units to which the operation grants shards and that have more than their capacity with them, in words. A plan counts, and is refused or
 * overridden; but an emergency may have to take another copy than the planned one, because that is silent or has less. Data come before
 * room then (docs/decisions/016-data-before-room.md): a unit with too many shards sheds requests, a copy that lacks writes has lost them.
 */
export function aboveCapacity(
  { topology, shards }: Pick<Table, 'topology' | 'shards'>,
  { moves }: Operation,
): string[] {
  const targets = new Set(moves.filter(({ from, to }) => from.unit !== to.unit).map(({ to }) => to.unit));
  const load = new Array<number>(topology.units.length).fill(0);
  for (const owner of shards.owner) if (owner in load) load[owner] = (load[owner] ?? 0) + 1;
  return topology.units.flatMap(({ id, index, capacity }) => {
    const used = load[index] ?? 0;
    if (capacity === null || used <= capacity || !targets.has(id)) return [];
    return [`${id} has ${used} shards now, its capacity is ${capacity}`];
  });
}
