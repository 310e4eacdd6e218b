import type { Epoch, ShardId } from '../../../src/core/ids.ts';
import type { Operation } from '../../../src/core/operation/operation.ts';
import type { GateEffect, OperationEffect } from '../../../src/core/operation/operation-effect.ts';
import { INCARNATION, orderFrom, TOPOLOGY } from '../../../src/core/operation/operation-search.fixture.ts';
import type { RunningOperation } from '../../../src/core/operation/progress.ts';
import type { ShardColumns, ShardRecord } from '../../../src/core/shard-columns.ts';
import { firstTable, type Table } from '../../../src/core/table.ts';

export const SHARDS: readonly ShardId[] = [0 as ShardId, 1 as ShardId];

/** What a copy's gate keeps of one shard. */
export interface Copy {
  readonly highest: number;
  readonly isWritable: boolean;
  readonly lineage: number;
}

/** An operation, and whoever carries it out: null until somebody takes over. */
export interface Carried {
  readonly record: Operation;
  readonly running: RunningOperation | null;
  readonly outbox: readonly OperationEffect[];
}

/** What may still go wrong or begin. */
export interface Left {
  readonly downs: number;
  readonly crashes: number;
  readonly aborts: number;
  readonly operations: number;
}

export const NOTHING_LEFT: Left = { downs: 0, crashes: 0, aborts: 0, operations: 0 };

/** Two shards, two units with a copy of each. */
export interface SupersedeState {
  readonly epoch: Epoch;
  readonly shards: ShardColumns;
  readonly operations: readonly Carried[];
  /** By side, then by shard. */
  readonly copies: readonly (readonly Copy[])[];
  readonly isDown: readonly [boolean, boolean];
  /** A gate's call of a controller that crashed, on its way still. */
  readonly late: GateEffect | null;
  readonly left: Left;
}

const FIRST = firstTable(TOPOLOGY, INCARNATION, '');

export function firstState(left: Left): SupersedeState {
  const copy: Copy = { highest: 0, isWritable: false, lineage: 1 };
  const owned: Copy = { ...copy, isWritable: true };
  const record = orderFrom(0, 'op1', 'emergency', { acceptDataLoss: true });
  return {
    epoch: 1 as Epoch,
    shards: FIRST.shards,
    operations: [{ record, running: null, outbox: [] }],
    copies: [
      [owned, copy],
      [copy, owned],
    ],
    isDown: [false, false],
    late: null,
    left,
  };
}

export function tableOf({ epoch, shards }: SupersedeState): Table {
  return { ...FIRST, epoch, shards };
}

export function recordsOf({ shards }: SupersedeState): readonly ShardRecord[] {
  return SHARDS.map((shard) => shards.at(shard));
}

export function withCarried(state: SupersedeState, index: number, carried: Carried): SupersedeState {
  return { ...state, operations: state.operations.map((one, at) => (at === index ? carried : one)) };
}

export function withDown(state: SupersedeState, side: 0 | 1, isDown: boolean): SupersedeState {
  return { ...state, isDown: side === 0 ? [isDown, state.isDown[1]] : [state.isDown[0], isDown] };
}

export function spend(state: SupersedeState, what: keyof Left): SupersedeState {
  return { ...state, left: { ...state.left, [what]: state.left[what] - 1 } };
}
