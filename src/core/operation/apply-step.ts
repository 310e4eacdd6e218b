import type { Epoch, ShardId } from '../ids.ts';
import type { ShardColumns, ShardRecord } from '../shard-columns.ts';
import { shardName } from '../shard-name.ts';
import type { Table } from '../table.ts';
import { NONE, type Topology } from '../topology.ts';
import type { OverrideDocument } from '../topology-document.ts';
import { aboveCapacity } from './above-capacity.ts';
import { applyWeights } from './apply-weights.ts';
import { handBack, isUnreleased } from './hand-back.ts';
import { type Lineage, lineagesAt, type Move, type Operation, type Place, withNote } from './operation.ts';
import type { StepWrite } from './operation-effect.ts';
import { eachShard, runsOf } from './runs.ts';

/** What a transaction writes; `table` null: the record only. */
export type AppliedStep =
  | {
      readonly ok: true;
      readonly operation: Operation;
      readonly table: null | {
        readonly epoch: Epoch;
        readonly shards: ShardColumns;
        readonly overrides: readonly OverrideDocument[];
      };
    }
  | { readonly ok: false; readonly reason: string };

type Change = (shard: number, record: ShardRecord, move: Move) => ShardRecord | string;

/**
 * The table after a step, and the step's record with its epochs: the table's next epoch, whatever others wrote in between, so
 * none is used twice. Refuses when the shards are not as the operation left them. `superseded` are the records that
 * `options.supersedes` names.
 */
export function applyStep(table: Table, write: StepWrite, superseded: readonly Operation[] = []): AppliedStep {
  const { next: operation, type } = write;
  if (operation.incarnation !== table.incarnation) {
    return no(
      `operation ${operation.id} is of incarnation ${operation.incarnation}, the table of ${table.incarnation}`,
    );
  }
  const epoch = (table.epoch + 1) as Epoch;
  switch (type) {
    case 'WriteStep':
      return { ok: true, operation, table: null };
    case 'WriteEnd':
      return isHolding(table, operation.id) ?? { ok: true, operation, table: null };
    case 'WriteFreeze': {
      const lineages = lineagesOf(table, operation.moves, superseded);
      return change(table, { ...operation, freezeEpoch: epoch, lineages }, epoch, freezer(table, operation, epoch));
    }
    case 'WriteGrant':
      return weigh(countRoom(grant(table, operation, epoch), table), table);
    case 'WriteRelease':
      return complete(change(table, operation, epoch, releaser(operation)), table);
    case 'WriteAbort':
      return change(table, handBack(operation, epoch), epoch, aborter(table, operation, epoch), operation.moves);
    case 'WriteShift':
      return weigh({ ok: true, operation, table: { epoch, shards: table.shards, overrides: table.overrides } }, table);
  }
}

function freezer({ topology }: Table, operation: Operation, epoch: Epoch): Change {
  return (_shard, record, { from }) => {
    const owner = topology.units[record.owner]?.id ?? 'nobody';
    const primary = topology.dataCenters[record.primary]?.id ?? 'nowhere';
    const isReplaced = record.operation !== null && operation.options.supersedes.includes(record.operation);
    if (record.operation !== null && !(isReplaced && operation.isEmergency))
      return `is held by operation ${record.operation}`;
    if (record.state !== 'ACTIVE') return 'is frozen';
    if (owner !== from.unit || primary !== from.dataCenter) {
      return `belongs to ${owner} at ${primary}, the operation expects ${from.unit} at ${from.dataCenter}`;
    }
    return {
      epoch,
      state: 'FREEZING',
      owner: NONE,
      primary: NONE,
      previous: record.owner,
      since: record.since,
      operation: operation.id,
    };
  };
}

/** Still names the operation: edges hold until the release takes the name away. */
function granter({ topology }: Table, operation: Operation, epoch: Epoch): Change {
  return (_shard, record, { to }) => {
    const wrong = notFrozenBy(record, operation);
    if (wrong !== null) return wrong;
    const place = findPlace(topology, to);
    if (place === null) return `has no copy ${to.unit} at ${to.dataCenter} in the present ruleset`;
    // A new primary of the same unit begins a new ownership too: a write that is still at the old copy must not be acknowledged.
    return {
      epoch,
      state: 'ACTIVE',
      owner: place.unit,
      primary: place.dataCenter,
      previous: NONE,
      since: epoch,
      operation: operation.id,
    };
  };
}

/** The shard's epoch stays: nothing about who may write changes, only that edges hold no longer. */
function releaser(operation: Operation): Change {
  return (_shard, record) => {
    if (record.operation !== operation.id) return `is held by operation ${record.operation ?? 'none'} now`;
    if (record.state !== 'ACTIVE' || record.epoch !== operation.grantEpoch) return 'is not as it was granted';
    return { ...record, operation: null };
  };
}

/**
 * Back to the owner of before; `since` stays, because this ownership was never interrupted. A copy that was granted but never
 * released must not get what edges hold: it is granted anew, and the shard stays with this operation (`handBack`).
 */
function aborter({ topology }: Table, operation: Operation, epoch: Epoch): Change {
  return (shard, record, { from }) => {
    const wrong = notFrozenBy(record, operation);
    if (wrong !== null) return wrong;
    const place = findPlace(topology, from);
    if (place === null) return `has no copy ${from.unit} at ${from.dataCenter} in the present ruleset`;
    const owner = { owner: place.unit, primary: place.dataCenter, previous: NONE };
    const rest = isUnreleased(operation, shard)
      ? { since: epoch, operation: operation.id }
      : { since: record.since, operation: null };
    return { epoch, state: 'ACTIVE', ...owner, ...rest };
  };
}

function grant(table: Table, operation: Operation, epoch: Epoch): AppliedStep {
  return change(table, { ...operation, grantEpoch: epoch }, epoch, granter(table, operation, epoch));
}

/**
 * A planned move is refused where it would fill a unit beyond its capacity by now: an emergency may have brought shards there since it was
 * planned. An emergency itself is not; it says so on record, and before the eyes of whoever gave the command.
 */
function countRoom(applied: AppliedStep, before: Table): AppliedStep {
  if (!applied.ok || applied.table === null) return applied;
  const { operation, table } = applied;
  const notes = aboveCapacity(before, table.shards);
  if (notes.length === 0) return applied;
  const words = notes.join('; ');
  const isAllowed = operation.isEmergency || operation.options.overriddenRules.includes('capacity-head-room');
  if (!isAllowed) return no(`fills a unit that had room when it was planned: with these shards ${words}`);
  return { ...applied, operation: withNote(operation, `${words}: move some away (\`ldc move\`)`) };
}

/** A release leaves no shard behind: those that another operation took over are out of its moves, and no longer named after it. */
function complete(applied: AppliedStep, table: Table): AppliedStep {
  if (!applied.ok || applied.table === null) return applied;
  return isHolding({ ...table, shards: applied.table.shards }, applied.operation.id) ?? applied;
}

function notFrozenBy(record: ShardRecord, { id, freezeEpoch }: Operation): string | null {
  if (record.operation !== id) return `is held by operation ${record.operation ?? 'none'}, not ${id}`;
  if (record.state !== 'FREEZING' || record.epoch !== freezeEpoch) return 'is not frozen as the operation left it';
  return null;
}

function change(
  table: Table,
  operation: Operation,
  epoch: Epoch,
  make: Change,
  moves: readonly Move[] = operation.moves,
): AppliedStep {
  const shards = table.shards.copy();
  for (const move of moves) {
    for (const [from, to] of move.shards) {
      for (let shard = from; shard <= to; shard += 1) {
        if (shard < 0 || shard >= shards.length) return no(`there is no shard ${shard}`);
        const record = make(shard, shards.at(shard as ShardId), move);
        if (typeof record === 'string')
          return no(`shard ${shardName(table.topology.shardRule, shard as ShardId)} ${record}`);
        shards.fill(shard, shard, record);
      }
    }
  }
  return { ok: true, operation, table: { epoch, shards, overrides: table.overrides } };
}

function weigh(applied: AppliedStep, { topology }: Table): AppliedStep {
  if (!applied.ok || applied.table === null) return applied;
  const weighed = applyWeights(applied.table.overrides, applied.operation, topology);
  return weighed.ok ? { ...applied, table: { ...applied.table, overrides: weighed.overrides } } : weighed;
}

/** Lineages of the data by run of equal ones, read off before the freeze. */
function lineagesOf({ shards }: Table, moves: readonly Move[], superseded: readonly Operation[]): Lineage[] {
  const groups = new Map<string, { lineages: readonly Epoch[]; shards: number[] }>();
  for (const shard of eachShard(moves.flatMap((move) => move.shards))) {
    const since = shards.since[shard] as Epoch;
    const holder = superseded.find(({ id }) => id === shards.operation.get(shard));
    const older = holder === undefined ? [] : lineagesAt(holder, shard);
    const lineages = [since, ...older.filter((lineage) => lineage !== since)];
    const key = lineages.join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { lineages, shards: [shard] });
    else group.shards.push(shard);
  }
  return [...groups.values()].flatMap(({ lineages, shards: group }) =>
    runsOf(group).map((run): Lineage => ({ shards: run, lineages })),
  );
}

function findPlace(topology: Topology, place: Place): { unit: number; dataCenter: number } | null {
  const unit = topology.units[topology.unitIndex.get(place.unit) ?? NONE];
  const cell = unit?.cells.find(({ dataCenter }) => topology.dataCenters[dataCenter]?.id === place.dataCenter);
  return unit === undefined || cell === undefined ? null : { unit: unit.index, dataCenter: cell.dataCenter };
}

function isHolding({ shards, topology }: Table, id: string): AppliedStep | null {
  for (const [shard, operation] of shards.operation) {
    if (operation === id)
      return no(`shard ${shardName(topology.shardRule, shard as ShardId)} still names operation ${id}`);
  }
  return null;
}

function no(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
