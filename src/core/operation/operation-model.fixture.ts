import type { Epoch, ShardId } from '../ids.ts';
import type { ShardRecord } from '../shard-columns.ts';
import { firstTable, type Table } from '../table.ts';
import type { Operation, OperationKind, OperationOptions } from './operation.ts';
import type { OperationEffect } from './operation-effect.ts';
import { HORIZON, INCARNATION, orderFrom, TOPOLOGY } from './operation-search.fixture.ts';
import type { RunningOperation } from './progress.ts';

export interface Guard {
  readonly side: 0 | 1;
  /** What it read last; null: nothing in this boot, closed. */
  readonly known: ShardRecord | null;
  /** Ticks since that read; from HORIZON on it is closed. */
  readonly age: number;
  /** Age of the last read that showed the shard ACTIVE here: the ack horizon. */
  readonly ackAge: number;
  readonly drainedAt: number;
  readonly inFlight: { readonly epoch: number; readonly isExecuted: boolean } | null;
}

export interface Gate {
  /** Highest epoch that it was told, kept for ever. */
  readonly highest: number;
  readonly isWritable: boolean;
  readonly lineage: number;
  readonly offset: number;
}

/** One shard, two units with a guard and a gate each, one store, one controller that comes and goes. */
export interface World {
  readonly head: number;
  readonly shard: ShardRecord;
  readonly record: Operation;
  readonly controller: RunningOperation | null;
  readonly outbox: readonly OperationEffect[];
  /** An effect that failed for its controller and may still happen, or happen again. */
  readonly late: OperationEffect | null;
  readonly guards: readonly [Guard, Guard];
  readonly gates: readonly [Gate, Gate];
  /** Writes that clients were told of, as an offset of the first lineage. */
  readonly acknowledged: number;
  readonly newOwnerWrote: boolean;
  readonly faultsLeft: number;
  readonly writesLeft: number;
  readonly canAbort: boolean;
  readonly violation: string | null;
}

export interface Scenario {
  readonly name: string;
  readonly kind: OperationKind;
  readonly options: Partial<OperationOptions>;
  readonly isSynchronous: boolean;
  readonly faults: number;
  readonly writes: number;
  readonly canAbort: boolean;
}

const FIRST = firstTable(TOPOLOGY, INCARNATION, '');

/** The table that the store of a world holds. */
export function tableOf(world: World): Table {
  const shards = FIRST.shards.copy();
  shards.fill(0, 0, world.shard);
  return { ...FIRST, epoch: world.head as Epoch, shards };
}

export function firstWorld(scenario: Scenario): World {
  const shard = FIRST.shards.at(0 as ShardId);
  const guard: Guard = { side: 0, known: shard, age: 0, ackAge: 0, drainedAt: 0, inFlight: null };
  const gate: Gate = { highest: 0, isWritable: true, lineage: 1, offset: 0 };
  return {
    head: 1,
    shard,
    record: orderFrom(0, 'op', scenario.kind, scenario.options),
    controller: null,
    outbox: [],
    late: null,
    guards: [guard, { ...guard, side: 1, age: HORIZON, ackAge: HORIZON }],
    gates: [gate, { ...gate, isWritable: false }],
    acknowledged: 0,
    newOwnerWrote: false,
    faultsLeft: scenario.faults,
    writesLeft: scenario.writes,
    canAbort: scenario.canAbort,
    violation: null,
  };
}
