import type { Clock } from '../../src/core/clock.ts';
import type { Table } from '../../src/core/table.ts';
import type { ExchangeEnd } from '../../src/gateway/exchange-end.ts';
import { instantOf } from '../../src/gateway/guard/guard-renewal.ts';
import { GuardedCells } from '../../src/gateway/guarded-cells.ts';
import type { Holding } from '../../src/gateway/holding/holding.ts';
import { Identity } from '../../src/gateway/identity/identity.ts';
import { DEFAULT_IDENTITY_SETTINGS } from '../../src/gateway/identity/identity-settings.ts';
import { Pipeline } from '../../src/gateway/pipeline.ts';
import { RoutingState } from '../../src/gateway/routing-state.ts';
import type { Upstream } from '../../src/gateway/upstream.ts';
import { holdBench } from './hold-bench.ts';
import { machineClock } from './machine-clock.ts';
import { openGuard } from './open-guard.ts';
import { seededRandom } from './seeded-random.ts';

export interface DoorPipelineOptions {
  readonly table: Table;
  /** What stands behind the guard of hz-a. */
  readonly cells: Upstream;
  readonly clock?: Clock;
  readonly debugHeaders?: boolean;
}

export interface DoorPipeline {
  readonly pipeline: Pipeline;
  /** Puts a newer table in force, as a gateway does. */
  apply(table: Table): void;
  readonly holding: Holding;
  /** How each request ended, in order. */
  readonly ends: ExchangeEnd[];
}

/** The real pipeline of a gateway in hz-a, whose own cells alone can be reached, with its guard in front of them. */
export function doorPipeline({
  table,
  cells,
  clock = machineClock,
  debugHeaders = false,
}: DoorPipelineOptions): DoorPipeline {
  const identity = new Identity({
    settings: DEFAULT_IDENTITY_SETTINGS,
    clock,
    count: () => undefined,
    sessionStore: null,
    openKeySource: () => {
      throw new Error('no keys here');
    },
  });
  const routing = new RoutingState({
    dataCenter: 'hz-a',
    compileIdentity: (route) => identity.compile(route),
    healthOf: (dataCenter) => ({ isReachable: dataCenter === 'hz-a', isCellAvailable: () => true }),
    onOwnCells: () => undefined,
  });
  routing.apply(table);
  const shardGuard = openGuard(table, { clock, dataCenter: 'hz-a' });
  const guard = new GuardedCells({
    guard: shardGuard,
    news: { refreshTable: () => Promise.resolve(), renew: () => Promise.resolve(), isHopeful: false },
    clock,
    dataCenter: 'hz-a',
    cells,
  });
  const { holding } = holdBench(clock, () => routing.current?.table ?? null);
  const ends: ExchangeEnd[] = [];
  const pipeline = new Pipeline({
    clock,
    random: seededRandom(7),
    dataCenter: 'hz-a',
    current: () => routing.current,
    place: routing.cells,
    upstreamOf: () => guard,
    holding,
    catchUp: () => Promise.resolve(),
    mayResend: () => true,
    finished: (end) => void ends.push(end),
    debugHeaders,
    traceSampled: false,
  });
  const apply = (newer: Table): void => {
    routing.apply(newer);
    shardGuard.applied(newer, instantOf(clock));
    guard.reviewUpgrades();
    holding.tableChanged();
  };
  return { pipeline, apply, holding, ends };
}
