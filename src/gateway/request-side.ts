import type { Clock, Random } from '../core/clock.ts';
import { isHeld } from '../core/decide.ts';
import { ShardGuard } from '../core/guard/shard-guard.ts';
import type { DataCenterId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import { RetryBudget, type RetryBudgetLimits } from './cells/retry-budget.ts';
import type { ExchangeEnd } from './exchange-end.ts';
import { instantOf } from './guard/guard-renewal.ts';
import type { GuardSettings } from './guard/guard-settings.ts';
import { GuardedCells, type GuardNews } from './guarded-cells.ts';
import type { HoldSettings } from './holding/hold-settings.ts';
import { Holding, type HoldObserver } from './holding/holding.ts';
import type { MessageLimits } from './message/message-limits.ts';
import { Pipeline } from './pipeline.ts';
import { RoutingState, type RoutingStateParts } from './routing-state.ts';
import type { Upstream } from './upstream.ts';

export interface RequestSideSettings {
  readonly guard: GuardSettings;
  readonly hold: HoldSettings;
  readonly retries: RetryBudgetLimits;
  readonly debugHeaders: boolean;
  readonly traceSampled: boolean;
  readonly limits?: MessageLimits;
}

export interface RequestSideParts extends Pick<RoutingStateParts, 'compileIdentity' | 'healthOf' | 'onOwnCells'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly dataCenter: DataCenterId;
  readonly settings: RequestSideSettings;
  /** Where news comes from: the store side, in this process or in the parent's. */
  readonly news: GuardNews;
  /** Behind the own guard. */
  readonly cells: Upstream;
  /** The way to another data center's guard. */
  upstreamOf(dataCenter: string): Upstream;
  readonly holdObserver: HoldObserver;
  /** A table is in force, for all parts. */
  applied(table: Table): void;
  /** What the guard acknowledged became another; may be called from inside `apply`. */
  onDrained(): void;
  finished(end: ExchangeEnd): void;
  /** The simulator's guard also tells what it decides. */
  makeGuard?(dataCenter: string, settings: GuardSettings, onDrained: () => void): ShardGuard;
}

/**
 * The half of a gateway that decides on requests, wired together; no socket, no file, no clock of its own, and no store. A process
 * has one; a gateway of several processes has one in each worker (docs/decisions/014-workers.md).
 */
export class RequestSide {
  readonly guard: ShardGuard;
  /** The guarded cells of this data center, for the own edge and for those that come over the interlink. */
  readonly guarded: GuardedCells;
  readonly routing: RoutingState;
  readonly holding: Holding;
  readonly pipeline: Pipeline;
  readonly #parts: RequestSideParts;
  readonly #budget: RetryBudget;

  constructor(parts: RequestSideParts) {
    this.#parts = parts;
    const { clock, settings, dataCenter, news, cells, onDrained } = parts;
    this.#budget = new RetryBudget(settings.retries, clock.monotonicMs());
    this.routing = new RoutingState(settings.limits === undefined ? parts : { ...parts, limits: settings.limits });
    this.guard =
      parts.makeGuard?.(dataCenter, settings.guard, onDrained) ?? new ShardGuard(dataCenter, settings.guard, onDrained);
    this.guarded = new GuardedCells({ guard: this.guard, news, clock, dataCenter, cells });
    this.holding = this.#makeHolding();
    this.pipeline = this.#makePipeline();
  }

  /**
   * Puts a table in force. The guard first: nothing is decided by a table that it does not know. Throws, and changes nothing, for one
   * that cannot be run.
   */
  apply(table: Table): void {
    this.routing.apply(table);
    this.guard.applied(table, instantOf(this.#parts.clock));
    this.guarded.reviewUpgrades();
    this.holding.tableChanged();
    this.#parts.applied(table);
  }

  /** Admits nothing more; upgrades end. */
  close(reason: string): void {
    this.guard.close(reason);
    this.guarded.reviewUpgrades();
  }

  #makeHolding(): Holding {
    const { clock, settings, holdObserver: observer } = this.#parts;
    return new Holding({
      clock,
      settings: settings.hold,
      observer,
      isFree: (shard, epoch) => {
        const table = this.routing.current?.table ?? null;
        return table !== null && !isHeld(table, shard) && (table.shards.epoch[shard] ?? 0) >= epoch;
      },
    });
  }

  #makePipeline(): Pipeline {
    const { clock, random, dataCenter, settings, news, upstreamOf, finished } = this.#parts;
    const { debugHeaders, traceSampled, limits } = settings;
    return new Pipeline({
      clock,
      random,
      dataCenter,
      ...(limits && { limits }),
      current: () => this.routing.current,
      place: this.routing.cells,
      upstreamOf: (other) => (other === dataCenter ? this.guarded : upstreamOf(other)),
      holding: this.holding,
      catchUp: () => news.refreshTable(),
      mayResend: () => this.#budget.withdraw(clock.monotonicMs()),
      finished: (end) => {
        this.#budget.deposit();
        finished(end);
      },
      debugHeaders,
      traceSampled,
    });
  }
}
