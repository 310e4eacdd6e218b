import type { CellId, Epoch, ShardId, UnitId } from '../../src/core/ids.ts';
import { ACTIVE } from '../../src/core/shard-columns.ts';
import type { Table } from '../../src/core/table.ts';
import { NONE } from '../../src/core/topology.ts';
import { instantOf } from '../../src/gateway/guard/guard-renewal.ts';
import type { SimGateway } from '../fleet/sim-gateway.ts';
import type { Checker } from './checker.ts';
import { watchGuardRecords } from './guard-records.ts';

interface Claimed {
  readonly shard: ShardId;
  readonly epoch: Epoch;
  readonly unit: UnitId;
  readonly cell: CellId;
  readonly safe: false;
}

/** The claim of a write that a guard would say yes to by its table, horizon apart; null: none. */
function claimAt({ guard, dataCenter }: SimGateway, shard: number): Claimed | null {
  const { table } = guard;
  if (table === null || table.shards.state[shard] !== ACTIVE) return null;
  const { topology, shards } = table;
  const unit = topology.units[shards.owner[shard] ?? NONE];
  const cell = unit?.cells.find((each) => topology.dataCenters[each.dataCenter]?.id === dataCenter);
  if (unit === undefined || cell === undefined) return null;
  const epoch = shards.epoch[shard] as Epoch;
  return { shard: shard as ShardId, epoch, unit: unit.id as UnitId, cell: cell.id as CellId, safe: false };
}

/** Shards that the guard may have come to own by this change: all of them when it opened. */
function changedShards(before: Table | null, after: Table): number[] {
  const shards: number[] = [];
  for (let shard = 0; shard < after.shards.length; shard += 1) {
    const isSame =
      before !== null &&
      before.shards.epoch[shard] === after.shards.epoch[shard] &&
      before.shards.operation.has(shard) === after.shards.operation.has(shard);
    if (!isSame) shards.push(shard);
  }
  return shards;
}

/** Shards that a new ownership began of. */
function grantedShards(before: Table, after: Table): number[] {
  const [was, is] = [before.shards.since, after.shards.since];
  return Array.from(is.keys()).filter((shard) => is[shard] !== was[shard]);
}

/** Two ownerships, of two units or of two primaries of one unit, are told apart by the epoch at which they began. */
export const oneOwner: Checker = {
  name: 'one-owner',
  sentence:
    'At no instant could guards of two owners both admit a shard’s write, and none admits at e after one of a later owner at e’ > e.',
  watch(checked, violate) {
    const { fleet } = checked;
    watchGuardRecords(checked, violate);
    const { facts, gateways, history } = fleet;
    const sinceOf = (shard: number, epoch: number): number => history.at(shard, epoch)?.since ?? 0;
    const isOpen = (gateway: SimGateway, claim: Claimed): boolean =>
      gateway.process.isRunning && gateway.guard.wouldAdmit(claim, instantOf(gateway.process));

    /** Says that the guard could still admit for an owner of before; to be asked once another one has the shard on record. */
    const lookForFormer = (gateway: SimGateway, shard: number, granted: number): void => {
      const claim = gateway.process.isRunning ? claimAt(gateway, shard) : null;
      if (claim === null || sinceOf(shard, claim.epoch) >= granted || !isOpen(gateway, claim)) return;
      const who = `${gateway.process.id} would admit at ${claim.epoch} for ${claim.unit}`;
      violate(`${who}, and the shard was granted at ${granted}`, shard);
    };

    facts.on('committed', ({ before, after }) => {
      if (before === null || after === null) return;
      for (const shard of grantedShards(before, after))
        for (const gateway of gateways) lookForFormer(gateway, shard, after.shards.since[shard] as number);
    });

    facts.on('guardChanged', ({ gateway, before, after }) => {
      if (after === null || !gateway.process.isRunning) return;
      const newest = history.table;
      if (newest !== null && newest.epoch !== after.epoch)
        for (const shard of grantedShards(after, newest))
          lookForFormer(gateway, shard, newest.shards.since[shard] as number);
      const others = gateways.filter(
        (other) => other !== gateway && other.guard.table !== after && other.process.isRunning,
      );
      const elders = others.filter(({ guard }) => guard.table !== null && guard.table.epoch !== after.epoch);
      if (elders.length === 0) return;
      for (const shard of changedShards(before, after)) {
        const own = claimAt(gateway, shard);
        if (own === null) continue;
        for (const other of elders) {
          const theirs = claimAt(other, shard);
          if (theirs === null || sinceOf(shard, theirs.epoch) === sinceOf(shard, own.epoch)) continue;
          if (!isOpen(gateway, own) || !isOpen(other, theirs)) continue;
          const [left, right] = [
            `${gateway.process.id} at ${own.epoch} for ${own.unit}`,
            `${other.process.id} at ${theirs.epoch} for ${theirs.unit}`,
          ];
          violate(`both would admit a write now: ${left}, ${right}`, shard);
        }
      }
    });

    const newest = new Map<number, number>();
    facts.on('admitted', ({ gateway, shard, epoch, unit }) => {
      const own = gateway.guard.table?.shards.epoch[shard];
      if (own !== epoch)
        violate(
          `${gateway.process.id} admits at ${epoch} for ${unit}, the shard’s epoch in its table is ${own}`,
          shard,
        );
      const since = sinceOf(shard, epoch);
      const known = newest.get(shard) ?? 0;
      if (known > epoch)
        violate(`${gateway.process.id} admits at ${epoch} for ${unit} after the owner since ${known} admitted`, shard);
      if (since > known) newest.set(shard, since);
    });
  },
};
