import type { Epoch, ShardId } from '../../../src/core/ids.ts';
import type { Operation, OperationKind } from '../../../src/core/operation/operation.ts';
import type { OperationEffect } from '../../../src/core/operation/operation-effect.ts';
import { INCARNATION, orderFrom, TOPOLOGY } from '../../../src/core/operation/operation-search.fixture.ts';
import type { RunningOperation } from '../../../src/core/operation/progress.ts';
import type { ShardRecord } from '../../../src/core/shard-columns.ts';
import { firstTable, type Table } from '../../../src/core/table.ts';
import type { ModelGate } from './model-gate.ts';
import { BOOTED, type ModelGuard, openGuard } from './model-guard.ts';

export type Side = 0 | 1;
export const SIDES: readonly Side[] = [0, 1];
/** A control process that believes to lead. What it still has to do is in its outbox, in any order. */
export interface Controller {
  readonly term: number;
  readonly running: RunningOperation;
  readonly outbox: readonly OperationEffect[];
}

/** One shard, two units, their guards and gates, one store, two control processes, one operation after another. */
export interface OwnershipState {
  readonly head: number;
  readonly term: number;
  readonly shard: ShardRecord;
  readonly record: Operation;
  readonly operationsLeft: number;
  readonly controllers: readonly [Controller | null, Controller | null];
  /** An effect that failed for its controller and may still happen. */
  readonly late: OperationEffect | null;
  readonly guards: readonly ModelGuard[];
  readonly gates: readonly [ModelGate, ModelGate];
  /** Writes that clients were told of, and all that were begun; a bit each. */
  readonly acknowledged: number;
  readonly begun: number;
  /** Writes that an emergency gave up on record. */
  readonly givenUp: number;
  /** Highest epoch under which a write was executed on a promoted copy. */
  readonly executedAt: number;
  readonly faultsLeft: number;
  readonly abortsLeft: number;
  readonly violation: string | null;
}

/** A small world: how many of what, and how much goes wrong in it. */
export interface OwnershipWorld {
  readonly name: string;
  readonly kinds: readonly OperationKind[];
  readonly emergencyWhenSilent: boolean;
  /** Guards of the first unit; the second has one. */
  readonly guards: 1 | 2;
  /** The second guard has not started yet: it is neither open nor in the store. */
  readonly startsLate: boolean;
  /** How often a second control process takes over from one that still believes to lead. */
  readonly controllers: 1 | 2;
  readonly writes: number;
  readonly faults: number;
  readonly aborts: number;
  /** The copies acknowledge with the owner (same-city copies). */
  readonly isSynchronous: boolean;
}

const FIRST = firstTable(TOPOLOGY, INCARNATION, '1');

export function firstState(world: OwnershipWorld): OwnershipState {
  const shard = FIRST.shards.at(0 as ShardId);
  const second = world.startsLate ? BOOTED : openGuard(0, shard);
  const guards = [openGuard(0, shard), ...(world.guards === 2 ? [second] : [])];
  const lineage = 1;
  return {
    head: 1,
    term: 0,
    shard,
    record: orderOf(world, 0, 0),
    operationsLeft: world.kinds.length - 1,
    controllers: [null, null],
    late: null,
    guards: [...guards, { ...BOOTED, side: 1, isRecorded: true }],
    gates: [
      { highest: 0, isWritable: true, lineage, log: '' },
      { highest: 0, isWritable: false, lineage, log: '' },
    ],
    acknowledged: 0,
    begun: 0,
    givenUp: 0,
    executedAt: 0,
    faultsLeft: world.faults,
    abortsLeft: world.aborts,
    violation: null,
  };
}

/** The table as the store holds it; `digest` and epoch differ together. */
export function tableOf(shard: ShardRecord, head: number): Table {
  const shards = FIRST.shards.copy();
  shards.fill(0, 0, shard);
  return { ...FIRST, epoch: head as Epoch, digest: String(head), shards };
}

/** The record of operation number `index`, which moves the shard away from `from`. */
export function orderOf(world: OwnershipWorld, index: number, from: Side): Operation {
  const { emergencyWhenSilent } = world;
  return orderFrom(from, `op${index + 1}`, world.kinds[index] as OperationKind, { emergencyWhenSilent });
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0;
}

export function withGate(state: OwnershipState, side: Side, gate: ModelGate): OwnershipState {
  return { ...state, gates: side === 0 ? [gate, state.gates[1]] : [state.gates[0], gate] };
}

export function withGuard(state: OwnershipState, index: number, guard: ModelGuard): OwnershipState {
  return { ...state, guards: state.guards.map((one, at) => (at === index ? guard : one)) };
}

export function withController(state: OwnershipState, index: Side, controller: Controller | null): OwnershipState {
  const { controllers } = state;
  return { ...state, controllers: index === 0 ? [controller, controllers[1]] : [controllers[0], controller] };
}

export function broken(state: OwnershipState, sentence: string): OwnershipState {
  return { ...state, violation: state.violation ?? sentence };
}
