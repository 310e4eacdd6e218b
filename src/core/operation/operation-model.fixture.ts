import type { Epoch, Incarnation, MonotonicMs, ShardId } from '../ids.ts';
import type { ShardRecord } from '../shard-columns.ts';
import { firstTable, type Table } from '../table.ts';
import type { CellDocument, TopologyDocument, UnitDocument } from '../topology-document.ts';
import { newOperation, type Operation, type OperationKind, type OperationOptions, type Place } from './operation.ts';
import type { OperationEffect } from './operation-effect.ts';
import type { Call, Progress, RunningOperation } from './progress.ts';

/** Guards' horizon and W of the model, in its ticks. */
export const HORIZON = 1;
export const WINDOW = 2;
export const PLACES: readonly Place[] = [
  { unit: 'A', dataCenter: 'a' },
  { unit: 'B', dataCenter: 'b' },
];

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

function unit(id: string, dataCenter: string, home: readonly [number, number], target: string): UnitDocument {
  const health = { path: '/', intervalMs: 1000, timeoutMs: 500, unhealthyAfter: 2, healthyAfter: 1 };
  const cell: CellDocument = {
    id: `${id}1`,
    dataCenter,
    weight: 100,
    instances: [],
    tls: null,
    health,
    maxConcurrent: 1,
  };
  const rest = { kind: 'R', globalHome: false, capacity: null, storeLost: 'fence' } as const;
  return { id, ...rest, home: [home], primary: dataCenter, cells: [cell], remoteTargets: [target] };
}

const TOPOLOGY: TopologyDocument = {
  format: 1,
  realm: 'model',
  shardRule: { name: 'hash/1', shards: 2 },
  trust: { proxies: [], identityHeaders: 'any' },
  cities: [
    { id: 'x', dataCenters: ['a'] },
    { id: 'y', dataCenters: ['b'] },
  ],
  units: [unit('A', 'a', [0, 0], 'B'), unit('B', 'b', [1, 1], 'A')],
  routes: [],
};

const INCARNATION = 'model' as Incarnation;
const FIRST = firstTable(TOPOLOGY, INCARNATION, '');

/** The table that the store of a world holds. */
export function tableOf(world: World): Table {
  const shards = FIRST.shards.copy();
  shards.fill(0, 0, world.shard);
  return { ...FIRST, epoch: world.head as Epoch, shards };
}

export function firstWorld(scenario: Scenario): World {
  const [from, to] = PLACES as [Place, Place];
  const record = newOperation({
    id: 'op',
    incarnation: INCARNATION,
    kind: scenario.kind,
    moves: [{ shards: [[0, 0]], from, to, candidates: [], copies: [] }],
    weights: [],
    author: '',
    reason: '',
    createdAt: 0,
    options: {
      acceptDataLoss: false,
      emergencyWhenSilent: false,
      overriddenRules: [],
      needsAcknowledgements: false,
      supersedes: null,
      ...scenario.options,
    },
    deadlines: {
      windowMs: WINDOW,
      freezeCapMs: 3,
      takeoverAllowanceMs: 1,
      checkMs: 1,
      silentMs: 1,
      chooseMs: 1,
      chooseCapMs: 2,
      acknowledgeMs: 1,
      retryMs: 0,
      followRetryMs: 0,
    },
  });
  const shard = FIRST.shards.at(0 as ShardId);
  const guard: Guard = { side: 0, known: shard, age: 0, ackAge: 0, drainedAt: 0, inFlight: null };
  const gate: Gate = { highest: 0, isWritable: true, lineage: 1, offset: 0 };
  return {
    head: 1,
    shard,
    record,
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

/**
 * The model's clock always shows 0: when a tick passes, all instants that are remembered move back by one, as far as the
 * longest deadline that looks at them; beyond it all worlds are alike.
 */
export function shiftBack({ operation, progress }: RunningOperation): RunningOperation {
  const back = (at: MonotonicMs, longest: number): MonotonicMs => Math.max(-longest, at - 1) as MonotonicMs;
  const { freezeCapMs, chooseCapMs, silentMs } = operation.deadlines;
  const isTimed = operation.grantEpoch === null;
  const call = (one: Call): Call => ({
    ...one,
    firstAt: one.state === 'done' || !isTimed ? ZERO : back(one.firstAt, silentMs),
    at: ZERO,
  });
  const moved: Progress = {
    ...progress,
    frozenFrom: isTimed ? back(progress.frozenFrom, freezeCapMs) : ZERO,
    stepFrom: isTimed ? back(progress.stepFrom, chooseCapMs) : ZERO,
    reading: progress.reading === null ? null : call(progress.reading),
    calls: Object.fromEntries(Object.entries(progress.calls).map(([key, one]) => [key, call(one)])),
  };
  return { operation, progress: moved };
}

const ZERO = 0 as MonotonicMs;
