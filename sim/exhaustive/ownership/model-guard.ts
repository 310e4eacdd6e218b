import type { AdmissionClaim } from '../../../src/core/admit.ts';
import type { GuardInstant } from '../../../src/core/guard/guard-lease.ts';
import { ShardGuard } from '../../../src/core/guard/shard-guard.ts';
import type { Epoch, MonotonicMs, ShardId } from '../../../src/core/ids.ts';
import { HORIZON, PLACES } from '../../../src/core/operation/operation-search.fixture.ts';
import type { ShardRecord } from '../../../src/core/shard-columns.ts';
import type { Table } from '../../../src/core/table.ts';
import { type Side, tableOf } from './ownership-state.ts';

export interface InFlight {
  readonly epoch: number;
  readonly write: number;
  readonly isExecuted: boolean;
}

/** What a real guard knows about the one shard, as a value: the guard is made from it for each question, and read out again. */
export interface ModelGuard {
  readonly side: Side;
  /** This boot's record is in the store: whoever waits for all guards waits for it. */
  readonly isRecorded: boolean;
  /** A record of an earlier boot that will never acknowledge anything. */
  readonly hasGhost: boolean;
  readonly known: ShardRecord | null;
  readonly head: number;
  /** Ticks until its horizon, and until the one held when the shard was frozen. */
  readonly left: number;
  readonly ackLeft: number;
  /** Epoch of the freeze under which it acknowledged that nothing is in flight; 0: none. */
  readonly drainedAt: number;
  readonly inFlight: InFlight | null;
}

export const BOOTED: ModelGuard = {
  side: 0,
  isRecorded: false,
  hasGhost: false,
  known: null,
  head: 0,
  left: 0,
  ackLeft: 0,
  drainedAt: 0,
  inFlight: null,
};

export function openGuard(side: Side, known: ShardRecord): ModelGuard {
  return { ...BOOTED, side, isRecorded: true, known, head: 1, left: HORIZON, ackLeft: 0 };
}

/** A linearizable read that contains the guard's own record, or not, and the table that it leads to. */
export function read(guard: ModelGuard, shard: ShardRecord, head: number): ModelGuard {
  const real = awake(guard);
  const table = tableOf(shard, head);
  const reading = { head: table, hasOwnRecord: guard.isRecorded };
  if (real.reading(reading, NOW) === 'fetch') {
    real.applied(table, NOW);
    real.fetched(reading, NOW);
  }
  return readOut(guard, real, shard, head);
}

/** The table feed brings a table, which renews nothing. */
export function applied(guard: ModelGuard, shard: ShardRecord, head: number): ModelGuard {
  const real = awake(guard);
  real.applied(tableOf(shard, head), NOW);
  return readOut(guard, real, shard, head);
}

export function admits(guard: ModelGuard): boolean {
  return guard.known !== null && awake(guard).admit(claimOf(guard, guard.known.epoch), NOW).kind === 'admitted';
}

/** Rule 5. */
export function mayAcknowledge(guard: ModelGuard): boolean {
  return guard.inFlight !== null && awake(guard).doubt(claimOf(guard, guard.inFlight.epoch), NOW) === null;
}

export function begun(guard: ModelGuard, write: number): ModelGuard {
  return { ...guard, inFlight: { epoch: guard.known?.epoch ?? 0, write, isExecuted: false } };
}

/** Its write is over: the guard may acknowledge a drain. */
export function ended(guard: ModelGuard): ModelGuard {
  const real = awake(guard);
  real.end(0);
  return readOut({ ...guard, inFlight: null }, real, guard.known, guard.head);
}

export function older(guard: ModelGuard): ModelGuard {
  return { ...guard, left: Math.max(0, guard.left - 1), ackLeft: Math.max(0, guard.ackLeft - 1) };
}

/** The process is gone, and another one starts under its name. */
export function restarted(guard: ModelGuard): ModelGuard {
  return { ...BOOTED, side: guard.side, hasGhost: guard.hasGhost || guard.isRecorded };
}

/** The model's clock stands at 0; instants before it are negative. */
const NOW: GuardInstant = { monotonic: 0 as MonotonicMs, reference: 0 };
const at = (tick: number): GuardInstant => ({ monotonic: tick as MonotonicMs, reference: tick });
const RULES = { horizonMs: HORIZON, jumpMs: 1 };

/** A real guard to which everything happened that the value tells of. */
function awake(guard: ModelGuard): ShardGuard {
  const { known, head, side, left, ackLeft } = guard;
  const real = new ShardGuard(PLACES[side].dataCenter, RULES, () => undefined);
  if (known === null) return real;
  if (known.state === 'FREEZING') {
    const before: ShardRecord = {
      ...known,
      state: 'ACTIVE',
      owner: known.previous,
      primary: known.previous,
      operation: null,
    };
    renew(real, tableOf({ ...before, epoch: (known.epoch - 1) as Epoch }, known.epoch - 1), ackLeft);
    if (guard.inFlight !== null) real.begin(0);
    real.applied(tableOf(known, head), NOW);
    renewAgain(real, tableOf(known, head), left);
    return real;
  }
  renew(real, tableOf(known, head), left);
  if (guard.inFlight !== null) real.begin(0);
  return real;
}

function renew(real: ShardGuard, table: Table, left: number): void {
  real.applied(table, at(left - HORIZON));
  renewAgain(real, table, left);
}

function renewAgain(real: ShardGuard, table: Table, left: number): void {
  if (left > 0) real.reading({ head: table, hasOwnRecord: true }, at(left - HORIZON));
}

function readOut(before: ModelGuard, real: ShardGuard, shard: ShardRecord | null, head: number): ModelGuard {
  if (real.table === null || shard === null) return before;
  const isTaken = real.table.epoch === head;
  const known = isTaken ? shard : before.known;
  const guard = { ...before, known, head: isTaken ? head : before.head };
  const left = Math.max(0, Math.min(HORIZON, real.horizon));
  // The ack horizon shows only in how long an answer would still be passed on.
  let ackLeft = 0;
  if (known?.state === 'FREEZING' && guard.inFlight !== null) {
    const claim = claimOf(guard, guard.inFlight.epoch);
    while (ackLeft < HORIZON && real.doubt(claim, at(ackLeft)) === null) ackLeft += 1;
  }
  const drainedAt = real.drained()[0]?.epoch ?? before.drainedAt;
  const isHere = known !== null && (known.owner === guard.side || known.previous === guard.side);
  return { ...guard, left: isHere ? left : 0, ackLeft, drainedAt };
}

function claimOf({ side }: ModelGuard, epoch: number): AdmissionClaim {
  const { unit } = PLACES[side];
  return { shard: 0 as ShardId, epoch: epoch as Epoch, unit, cell: `${unit}1`, safe: false };
}
