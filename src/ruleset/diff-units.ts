import { countShards } from '../core/loss/shard-run.ts';
import { shardCount } from '../core/shard-rule.ts';
import type { TopologyDocument, UnitDocument } from '../core/topology-document.ts';
import { type Change, change, forbiddenChange } from './change.ts';
import { diffCells } from './diff-cells.ts';
import { diffWeights } from './diff-weights.ts';
import { shareInWords } from './share.ts';

/** Units that come, go or change, with their cells. */
export function diffUnits(before: TopologyDocument, after: TopologyDocument): readonly Change[] {
  const was = new Map(before.units.map((unit) => [unit.id, unit]));
  const is = new Set(after.units.map((unit) => unit.id));
  const shards = shardCount(after.shardRule);
  return [
    ...before.units.filter((unit) => !is.has(unit.id)).map(removed),
    ...after.units.flatMap((unit) => {
      const old = was.get(unit.id);
      return old === undefined ? [added(unit)] : diffUnit(old, unit, countShards(unit.home) / shards);
    }),
  ];
}

function removed({ id, kind }: UnitDocument): Change {
  const owns = kind === 'C' ? '' : '; it must own no shard by then';
  return change('unitRemoved', id, `unit ${id} (${kind}) is removed${owns}`);
}

function added({ id, kind, cells, capacity }: UnitDocument): Change {
  const places = cells.map((cell) => `${cell.id} in ${cell.dataCenter}`).join(', ');
  const serves = capacity === null ? '' : `, capacity ${capacity}`;
  return change('unitAdded', id, `unit ${id} (${kind}) is added with ${places}${serves}`);
}

function diffUnit(was: UnitDocument, is: UnitDocument, share: number): readonly Change[] {
  const { id } = is;
  const changes: Change[] = [];
  if (was.kind !== is.kind) {
    const what = `${id}: kind ${is.kind} instead of ${was.kind}`;
    changes.push(forbiddenChange('unitKind', id, what, 'a unit keeps its kind, give the new one another name'));
  }
  if (was.primary !== is.primary) changes.push(primaryChange(was, is, share));
  if (was.capacity !== is.capacity) {
    const [old, next] = [was.capacity ?? 'unlimited', is.capacity ?? 'unlimited'];
    changes.push(change('capacity', id, `${id}: capacity ${old} → ${next}`, share));
  }
  if (was.remoteTargets.join() !== is.remoteTargets.join()) {
    const [old, next] = [was, is].map((unit) => unit.remoteTargets.join(', ') || 'none');
    changes.push(change('remoteTargets', id, `${id}: remote targets ${old} → ${next}`, share));
  }
  if (was.storeLost !== is.storeLost) {
    const what = is.storeLost === 'serve' ? 'goes on taking writes' : 'stops taking writes';
    changes.push(change('storeLost', id, `${id}: ${what} when the store is lost`, share));
  }
  return [...changes, ...diffWeights(was, is, share), ...diffCells(was, is)];
}

function primaryChange(was: UnitDocument, is: UnitDocument, share: number): Change {
  const users = is.kind === 'R' ? ` (${shareInWords(share)} of users)` : '';
  const what = `primary ${is.primary ?? 'none'} instead of ${was.primary ?? 'none'}${users}`;
  return change('primary', is.id, `${is.id}: ${what}; the running primary does not change until it is moved`, share);
}
