import type { Epoch, ShardId } from '../../core/ids.ts';
import { followOrders, ungrantedShard } from '../../core/operation/follow-orders.ts';
import { type Operation, type Place, placeKey } from '../../core/operation/operation.ts';
import type { GateEffect, OperationEffect } from '../../core/operation/operation-effect.ts';
import type { GateCall, OperationEvent } from '../../core/operation/operation-event.ts';
import { eachShard, runsOf } from '../../core/operation/runs.ts';
import { shardName } from '../../core/shard-name.ts';
import type { Table } from '../../core/table.ts';
import type { GateResult } from '../../gate/gate-client.ts';
import type { Gate, GateCalls } from './gate-calls.ts';
import { lineageTo, positionFrom, positionTo, shardItems } from './gate-lineage.ts';

type Waiting = Extract<OperationEffect, { type: 'AwaitCaughtUp' }>;
type Failed = Extract<OperationEvent, { type: 'GateFailed' }>;

/** How long a gate may wait for its copy in one call, ms; the machine asks again. */
const CAUGHT_UP_WAIT_MS = 500;

const CALLS: Readonly<Record<GateEffect['type'], GateCall>> = {
  FenceSource: 'fence',
  ReadPositions: 'position',
  PromoteTarget: 'promote',
  FollowSource: 'follow',
};

/** Makes one call of a gate and says what came of it. Every call can be repeated. Rejects only if the store does not answer. */
export async function callGate(
  gates: GateCalls,
  operation: Operation,
  effect: GateEffect | Waiting,
  table: Table,
): Promise<OperationEvent> {
  const call = effect.type === 'AwaitCaughtUp' ? 'caughtUp' : CALLS[effect.type];
  const fail = (problem: Failed['problem'], detail: string): Failed => {
    const { place, epoch } = effect;
    return { type: 'GateFailed', call, place, epoch, problem, detail };
  };
  const gate = gates.gateOf(effect.place.dataCenter);
  if (gate === null) return fail('silent', `no gate of ${effect.place.dataCenter} is configured (gates)`);
  const made: Made = { gate, gates, operation, table, fail };
  switch (effect.type) {
    case 'FenceSource': {
      const result = await gate.fence(scopeOf(made, effect.shards, effect.epoch));
      return failureOf(result, fail) ?? { type: 'SourceFenced', place: effect.place, epoch: effect.epoch };
    }
    case 'ReadPositions':
      return readPositions(made, effect);
    case 'AwaitCaughtUp':
      return awaitCaughtUp(made, effect);
    case 'PromoteTarget': {
      const { place, epoch } = effect;
      const result = await gate.promote({ ...scopeOf(made, effect.shards, epoch), owner: place });
      return failureOf(result, fail) ?? { type: 'TargetPromoted', place, epoch };
    }
    case 'FollowSource':
      return follow(made, effect);
  }
}

interface Made {
  readonly gate: Gate;
  readonly gates: GateCalls;
  readonly operation: Operation;
  readonly table: Table;
  readonly fail: (problem: Failed['problem'], detail: string) => Failed;
}

function scopeOf({ operation, table }: Made, shards: GateEffect['shards'], epoch: Epoch) {
  return { incarnation: operation.incarnation, epoch, shards: shardItems(table.topology.shardRule, shards) };
}

async function readPositions(made: Made, effect: GateEffect): Promise<OperationEvent> {
  const { gate, fail, table, operation } = made;
  const { place, epoch } = effect;
  const result = await gate.position(scopeOf(made, effect.shards, epoch));
  if (result.kind !== 'answered') return failureOf(result, fail) as Failed;
  const stale = result.answer.shards.filter(({ role }) => role === 'stale');
  // Of a source everything is wanted; a copy that was not made to follow is never chosen.
  if (operation.step !== 'choose' && stale.length > 0)
    return fail('behind', `its copy of shard ${stale[0]?.shard} is stale`);
  const usable = result.answer.shards.filter(({ role }) => role !== 'stale');
  const positions = usable.map((shard) => positionFrom(table.topology.shardRule, shard));
  return { type: 'PositionsRead', place, epoch, positions, isSynchronous: isSynchronous(made, place) };
}

/** Whether each source that this copy may stand in for acknowledges nothing that the copy does not have. */
function isSynchronous({ gates, operation, table }: Made, copy: Place): boolean {
  const cityOf = (name: string): number => {
    const { dataCenters, dataCenterIndex } = table.topology;
    return dataCenters[dataCenterIndex.get(name) ?? -1]?.city ?? -1;
  };
  const moves = operation.moves.filter(({ to, candidates }) =>
    [to, ...candidates].some((place) => placeKey(place) === placeKey(copy)),
  );
  return moves.every(({ from }) => {
    const acknowledges = gates.acknowledges(from.dataCenter);
    if (acknowledges === 'same-city') return cityOf(from.dataCenter) === cityOf(copy.dataCenter);
    return acknowledges === 'remote';
  });
}

async function awaitCaughtUp(made: Made, effect: Waiting): Promise<OperationEvent> {
  const { gate, table, fail } = made;
  const { place, epoch, positions } = effect;
  const shards = runsOf(positions.map(({ shard }) => shard));
  const wanted = positions.map((position) => positionTo(table.topology.shardRule, position));
  const scope = scopeOf(made, shards, epoch);
  const result = await gate.caughtUp({ ...scope, positions: wanted, waitMs: CAUGHT_UP_WAIT_MS });
  if (result.kind !== 'answered') return failureOf(result, fail) as Failed;
  if (result.answer.caughtUp) return { type: 'TargetCaughtUp', place, epoch };
  const [behind] = result.answer.shards.filter(({ caughtUp }) => !caughtUp);
  return fail('behind', `shard ${behind?.shard} is ${behind?.role} at ${behind?.position}`);
}

/**
 * Every order of today's table is given, whatever a gate says to another. A gate that keeps a higher epoch was told by an operation that this
 * table does not show yet, of some of the shards: it is asked again by the next table.
 */
async function follow(made: Made, effect: GateEffect): Promise<OperationEvent> {
  const { gate, table, fail, operation } = made;
  const { shardRule } = table.topology;
  const old = ungrantedShard(table, effect);
  if (old !== null) {
    const name = shardName(shardRule, old);
    return fail('behind', `the store shows shard ${name} as it was before the grant at epoch ${effect.epoch}`);
  }
  const refusals: string[] = [];
  for (const { shards, owner, epoch, lineage } of followOrders(table, effect)) {
    const scope = { incarnation: operation.incarnation, epoch, shards: shardItems(shardRule, shards) };
    const told = lineage === epoch ? {} : { lineage: lineageTo(lineage) };
    const result = await gate.follow({ ...scope, owner, ...told });
    if (result.kind === 'unknown') return fail('silent', result.detail);
    if (result.kind === 'refused') refusals.push(result.detail);
  }
  if (refusals[0] !== undefined) return fail('behind', refusals[0]);
  // An operation under way may still abort, and then nobody else tells this copy whom to follow.
  const moving = [...eachShard(effect.shards)].find((shard) => table.shards.operation.has(shard));
  if (moving !== undefined) {
    const name = shardName(shardRule, moving as ShardId);
    return fail('behind', `shard ${name} is held by operation ${table.shards.operation.get(moving)}`);
  }
  return { type: 'SourceFollowed', place: effect.place, epoch: effect.epoch };
}

/** Null: it was done. A higher epoch that a gate keeps is the only refusal that time does not heal. */
function failureOf(result: GateResult<unknown>, fail: Made['fail']): Failed | null {
  switch (result.kind) {
    case 'answered':
      return null;
    case 'unknown':
      return fail('silent', result.detail);
    case 'refused':
      return fail(result.code === 'GATE_STALE' ? 'superseded' : 'behind', result.detail);
  }
}
