import type { Clock, Timer } from '../../core/clock.ts';
import { type Operation, placeKey } from '../../core/operation/operation.ts';
import type { GateEffect, OperationEffect, StepWrite } from '../../core/operation/operation-effect.ts';
import type { OperationEvent } from '../../core/operation/operation-event.ts';
import { type MachineResult, resume, step } from '../../core/operation/operation-machine.ts';
import type { Instant, RunningOperation } from '../../core/operation/progress.ts';
import { eachShard } from '../../core/operation/runs.ts';
import { wakeAt } from '../../core/operation/wake-at.ts';
import type { Table } from '../../core/table.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import { decodeOperation, type OperationWish, operationKey } from '../records/operation-record.ts';
import { BackOff } from './back-off.ts';
import type { GateCalls } from './gate-calls.ts';
import { callGate } from './gate-effects.ts';
import type { GuardWatch } from './guard-watch.ts';
import { withWindow } from './operation-window.ts';
import type { StepWriter } from './step-writer.ts';

/** Longest pause between two tries of a transaction, ms. */
const LONGEST_PAUSE_MS = 250;

export interface OperationRunnerParts {
  readonly store: CoordStore;
  readonly clock: Clock;
  readonly writer: StepWriter;
  readonly gates: GateCalls;
  readonly guards: GuardWatch;
  /** The table as of now; rejects when there is none. */
  readonly readTable: () => Promise<Table>;
  /** The largest L of the guards that are on record now. */
  readonly readHorizonMs: () => Promise<number>;
  /** Why the operation must not freeze anything now. */
  readonly check: (operation: Operation) => Promise<readonly string[]>;
  readonly backOffMs: number;
  /** After each change of the operation or of what it waits for. */
  readonly onChange: (running: RunningOperation) => void;
  /** It will not go on here: it has its outcome (null), or it cannot for now. */
  readonly onStop: (error: unknown) => void;
}

/**
 * Carries one operation out: hands events to the pure machine, and does what it says. Everything that must outlive this object is in
 * the operation's record; another runner can go on from there at any time.
 */
export class OperationRunner {
  readonly #parts: OperationRunnerParts;
  readonly #backOff: BackOff;
  /** Of the store's failures: short, because requests may be held meanwhile. */
  readonly #pause: BackOff;
  #running: RunningOperation;
  #table: Table | null = null;
  #timer: Timer | null = null;
  #endDrain: (() => void) | null = null;
  /** Instant of the last step: what was due by then has been looked at, and nothing later. */
  #steppedAt: number;
  #wish = '';
  #isClosed = false;

  /** `operation` as it was read linearizably just now. */
  constructor(operation: Operation, parts: OperationRunnerParts) {
    this.#parts = parts;
    this.#backOff = new BackOff(parts.clock, parts.backOffMs);
    this.#pause = new BackOff(parts.clock, Math.min(LONGEST_PAUSE_MS, parts.backOffMs));
    const now = this.#now();
    const { running, effects } = resume(operation, now);
    this.#running = running;
    this.#steppedAt = now.monotonic;
    queueMicrotask(() => this.#take({ running: this.#running, effects }));
  }

  get running(): RunningOperation {
    return this.#running;
  }

  /** What a person asked for; told again and again, it counts once. */
  wish({ abort, acceptsLoss }: OperationWish): void {
    const said = JSON.stringify([abort, acceptsLoss]);
    if (said === this.#wish) return;
    this.#wish = said;
    if (acceptsLoss !== null) this.#deliver({ type: 'DataLossAccepted', author: acceptsLoss.author });
    if (abort !== null) this.#deliver({ type: 'AbortRequested', ...abort });
  }

  /** Stops here, whatever is under way; answers that come later are not heard. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#endDrain?.();
    this.#backOff.close();
    this.#pause.close();
  }

  #now(): Instant {
    const { clock } = this.#parts;
    return { monotonic: clock.monotonicMs(), wall: clock.wallMs() };
  }

  #deliver(event: OperationEvent): void {
    if (this.#isClosed) return;
    try {
      const now = this.#now();
      const result = step(this.#running, event, now);
      this.#steppedAt = now.monotonic;
      this.#take(result);
    } catch (error) {
      this.#stop(error);
    }
  }

  #take({ running, effects }: MachineResult): void {
    if (this.#isClosed) return;
    const hasLeft = running.operation.step !== this.#running.operation.step;
    this.#running = running;
    if (hasLeft) {
      this.#endDrain?.();
      this.#endDrain = null;
      this.#backOff.forget();
      this.#pause.forget();
    }
    this.#parts.onChange(running);
    if (running.operation.outcome !== null) {
      this.#stop(null);
      return;
    }
    for (const effect of effects) void this.#perform(effect);
    this.#schedule();
  }

  #schedule(): void {
    this.#timer?.cancel();
    const { clock } = this.#parts;
    // Not by the time that it is now: an instant that passed since the step would be forgotten, and nobody would wake again.
    const at = wakeAt(this.#running, this.#steppedAt);
    if (at === null) return;
    const delayMs = Math.max(0, at - clock.monotonicMs());
    this.#timer = clock.setTimer(delayMs, () => this.#deliver({ type: 'Tick' }));
  }

  #stop(error: unknown): void {
    if (this.#isClosed) return;
    this.close();
    this.#parts.onStop(error);
  }

  /** Never rejects. */
  async #perform(effect: OperationEffect): Promise<void> {
    try {
      const event = await this.#do(effect);
      if (event !== null) this.#deliver(event);
    } catch (error) {
      this.#stop(error);
    }
  }

  async #do(effect: OperationEffect): Promise<OperationEvent | null> {
    switch (effect.type) {
      case 'CheckTargets':
        return this.#check();
      case 'AwaitDrain':
        return this.#awaitDrain(effect);
      case 'FenceSource':
      case 'ReadPositions':
      case 'AwaitCaughtUp':
      case 'PromoteTarget':
      case 'FollowSource':
        return this.#callGate(effect);
      case 'ReadOperation':
        return this.#windowed(await this.#readOperation());
      case 'RefuseAbort':
        return null;
      default:
        return this.#write(effect);
    }
  }

  async #write(effect: StepWrite): Promise<OperationEvent> {
    const event = await this.#parts.writer.write(effect);
    // A store that answers reads and refuses each write at once is not asked in a tight circle.
    if (event.type === 'WriteUnknown') await this.#pause.wait('write', this.#running.operation.deadlines.retryMs);
    return this.#windowed(event);
  }

  /** The operation with the W of the guards that are there. Without that reading no W may begin, so it is tried until it succeeds. */
  async #windowed(event: OperationEvent): Promise<OperationEvent> {
    const hasRecord = event.type === 'StepWritten' || event.type === 'OperationRead';
    if (!hasRecord || event.operation.step !== 'drain') return event;
    const { clock, readHorizonMs } = this.#parts;
    const from = clock.monotonicMs();
    for (;;) {
      try {
        const horizonMs = await readHorizonMs();
        return { ...event, operation: withWindow(event.operation, horizonMs, clock.monotonicMs() - from) };
      } catch (error) {
        if (this.#isClosed) throw error;
        await this.#pause.wait('horizons', event.operation.deadlines.retryMs);
      }
    }
  }

  async #check(): Promise<OperationEvent | null> {
    for (;;) {
      try {
        return { type: 'TargetsChecked', problems: await this.#parts.check(this.#running.operation) };
      } catch {
        // The store does not answer; the machine's own limit for this step ends it.
        await this.#backOff.wait('check', this.#running.operation.deadlines.retryMs);
        if (this.#isClosed || this.#running.operation.step !== 'check') return null;
      }
    }
  }

  async #awaitDrain({ units, epoch }: Extract<OperationEffect, { type: 'AwaitDrain' }>): Promise<null> {
    const { topology } = await this.#tableOnce();
    const { step: present, freezeEpoch, id } = this.#running.operation;
    if (this.#isClosed || present !== 'drain' || freezeEpoch !== epoch) return null;
    this.#endDrain?.();
    this.#endDrain = this.#parts.guards.await({ operation: id, epoch, units }, topology, () =>
      this.#deliver({ type: 'GuardsDrained', epoch }),
    );
    return null;
  }

  async #callGate(effect: Parameters<typeof callGate>[2]): Promise<OperationEvent> {
    const { gates, readTable } = this.#parts;
    const table = effect.type === 'FollowSource' ? await readTable().catch(() => null) : await this.#tableOnce();
    if (table === null) return storeSilent(effect);
    const event = await callGate(gates, this.#running.operation, effect, table);
    if (event.type !== 'GateFailed') return event;
    if (effect.type === 'PromoteTarget' && (await this.#isTakenOver(effect)))
      return {
        ...event,
        problem: 'superseded',
        detail: `another operation took the shards of ${placeKey(event.place)} over`,
      };
    // Inside a freeze every moment counts; afterwards a gate that is away for days is not asked without end.
    const { step: present } = this.#running.operation;
    const key = `${event.call} ${event.place.unit} ${event.place.dataCenter}`;
    if (present === 'promote' || present === 'follow')
      await this.#backOff.wait(key, this.#running.operation.deadlines.retryMs);
    return event;
  }

  /** Whether no shard of a target that does not answer names this operation any more: an emergency replaced the target. */
  async #isTakenOver({ shards }: GateEffect): Promise<boolean> {
    const { id } = this.#running.operation;
    const table = await this.#parts.readTable().catch(() => null);
    return table !== null && [...eachShard(shards)].every((shard) => table.shards.operation.get(shard) !== id);
  }

  /** Names and numbers of shards and data centers, which do not change under an operation. */
  async #tableOnce(): Promise<Table> {
    while (this.#table === null) {
      try {
        this.#table = await this.#parts.readTable();
      } catch (error) {
        if (this.#isClosed) throw error;
        await this.#backOff.wait('table', this.#running.operation.deadlines.retryMs);
      }
    }
    return this.#table;
  }

  async #readOperation(): Promise<OperationEvent> {
    const key = operationKey(this.#running.operation.id);
    try {
      const [entry] = (await this.#parts.store.read([key])).entries;
      if (entry === undefined) return { type: 'WriteRefused', reason: 'the record of this operation is gone' };
      return { type: 'OperationRead', operation: decodeOperation(key, entry.value) };
    } catch {
      return { type: 'ReadFailed' };
    }
  }
}

function storeSilent({ place, epoch }: Parameters<typeof callGate>[2]): OperationEvent {
  const detail = 'the store did not say who owns these shards now';
  return { type: 'GateFailed', call: 'follow', place, epoch, problem: 'behind', detail };
}
