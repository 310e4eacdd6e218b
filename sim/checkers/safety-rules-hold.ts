import { decodeOperation, OPERATION_PREFIX } from '../../src/control/records/operation-record.ts';
import { ACTIVE } from '../../src/core/shard-columns.ts';
import type { Table } from '../../src/core/table.ts';
import { NONE } from '../../src/core/topology.ts';
import type { Commit } from '../store/sim-store.ts';
import type { Checker } from './checker.ts';

export const safetyRulesHold: Checker = {
  name: 'safety-rules-hold',
  sentence:
    'Safety rules hold at every revision: capacity (or the record of an emergency says why not), a live place for every owner, a bounded number of shards on the move.',
  watch({ fleet }, violate) {
    const excused = new Map<string, number>();
    fleet.facts.on('committed', ({ commit, after }) => {
      if (after === null) return;
      for (const [detail, shard] of problems(after)) violate(`epoch ${after.epoch}: ${detail}`, shard);
      for (const [unit, used, capacity] of overfull(after)) {
        if (isOnRecord(commit, unit, used)) excused.set(unit, used);
        if (used > (excused.get(unit) ?? capacity))
          violate(`epoch ${after.epoch}: ${unit} has ${used} of ${capacity} shards`, -1);
      }
    });
  },
};

function problems({ shards, topology }: Table): [string, number][] {
  const found: [string, number][] = [];
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
  }
  const most = Math.ceil(shards.length / 2);
  if (moving > most) found.push([`${moving} shards are on the move, at most ${most}`, -1]);
  return found;
}

/** A frozen shard takes up room where it may come back to: whoever aborts asks nobody whether there still is any. */
function overfull({ shards, topology }: Table): [unit: string, used: number, capacity: number][] {
  const load = new Array<number>(topology.units.length).fill(0);
  for (let shard = 0; shard < shards.length; shard += 1) {
    const unit = (shards.state[shard] === ACTIVE ? shards.owner[shard] : shards.previous[shard]) ?? NONE;
    if (unit in load) load[unit] = (load[unit] ?? 0) + 1;
  }
  return topology.units.flatMap(({ id, index, capacity }): [string, number, number][] => {
    const used = load[index] ?? 0;
    return capacity !== null && used > capacity ? [[id, used, capacity]] : [];
  });
}

/** Data come before room: the copy that was planned was silent, and the record that grants another one says so. */
function isOnRecord({ writes }: Commit, unit: string, used: number): boolean {
  return writes.some(({ key, value }) => {
    if (value === null || !key.startsWith(OPERATION_PREFIX)) return false;
    const { isEmergency, results } = decodeOperation(key, value);
    return isEmergency && results.at(-1)?.detail.includes(`${unit} has ${used} shards now`) === true;
  });
}
