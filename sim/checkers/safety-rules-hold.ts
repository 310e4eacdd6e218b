import { ACTIVE } from '../../src/core/shard-columns.ts';
import type { Table } from '../../src/core/table.ts';
import { NONE } from '../../src/core/topology.ts';
import type { Checker } from './checker.ts';

export const safetyRulesHold: Checker = {
  name: 'safety-rules-hold',
  sentence:
    'Safety rules hold at every revision: capacity, a live place for every owner, a bounded number of shards on the move.',
  watch({ fleet }, violate) {
    fleet.facts.on('committed', ({ after }) => {
      if (after === null) return;
      for (const [detail, shard] of problems(after)) violate(`epoch ${after.epoch}: ${detail}`, shard);
    });
  },
};

function problems({ shards, topology }: Table): [string, number][] {
  const found: [string, number][] = [];
  const load = new Array<number>(topology.units.length).fill(0);
  let moving = 0;
  for (let shard = 0; shard < shards.length; shard += 1) {
    if (shards.state[shard] !== ACTIVE) {
      moving += 1;
      continue;
    }
    if (shards.operation.has(shard)) moving += 1;
    const owner = topology.units[shards.owner[shard] ?? NONE];
    const primary = shards.primary[shard] ?? NONE;
    if (owner === undefined) found.push(['it is ACTIVE and nobody owns it', shard]);
    else if (!owner.cells.some((cell) => cell.dataCenter === primary))
      found.push([`${owner.id} owns it, and has no cell where its data takes writes`, shard]);
    else load[owner.index] = (load[owner.index] ?? 0) + 1;
  }
  for (const unit of topology.units) {
    const { capacity } = topology.document.units[unit.index] ?? {};
    const used = load[unit.index] ?? 0;
    if (typeof capacity === 'number' && used > capacity)
      found.push([`${unit.id} has ${used} of ${capacity} shards`, -1]);
  }
  const most = Math.ceil(shards.length / 2);
  if (moving > most) found.push([`${moving} shards are on the move, at most ${most}`, -1]);
  return found;
}
