import type { TestContext } from 'node:test';
import type { RouteDocument } from '../../src/core/topology-document.ts';
import { SILENT_CELL_OBSERVER } from '../../src/gateway/cells/cell-observer.ts';
import { CellPool } from '../../src/gateway/cells/cell-pool.ts';
import { type CellSettings, DEFAULT_CELL_SETTINGS } from '../../src/gateway/cells/cell-settings.ts';
import { systemResolver } from '../../src/gateway/cells/dns-resolver.ts';
import type { ExchangeEnd } from '../../src/gateway/exchange-end.ts';
import { FastLane } from '../../src/gateway/fast-lane/fast-lane.ts';
import { DEFAULT_DOOR_SETTINGS, type DoorSettings } from '../../src/gateway/lanes/door-settings.ts';
import { GeneralLane } from '../../src/gateway/lanes/general-lane.ts';
import { routePriority } from '../../src/gateway/overload/route-priority.ts';
import { compileRoutingView } from '../../src/gateway/routing-view.ts';
import { doorPipeline } from './door-pipeline.ts';
import { eventually } from './eventually.ts';
import { machineClock } from './machine-clock.ts';
import { RawClient } from './raw-client.ts';
import { RecordingCell } from './recording-cell.ts';
import { seededRandom } from './seeded-random.ts';
import { route, threeCitiesTable } from './three-cities.ts';

export interface OverloadOptions {
  readonly isFast: boolean;
  readonly maxConcurrent: number;
  readonly cells?: Partial<CellSettings>;
  readonly door?: Partial<DoorSettings>;
  readonly routes?: readonly RouteDocument[];
  readonly proxyProtocol?: boolean;
}

const PRIORITY_ROUTES = [
  route({ name: 'pay', path: '/pay/*', priority: 0 }),
  route({ name: 'report', path: '/report/*', priority: 9 }),
  route({ name: 'users', path: '/*', priority: 5 }),
];

export interface OverloadBench {
  readonly port: number;
  readonly lane: FastLane | GeneralLane;
  readonly cell: RecordingCell;
  readonly pool: CellPool;
  readonly ends: ExchangeEnd[];
  /** `priority why` of each request that was shed, in order. */
  readonly shed: string[];
  /** What the door did with connections. */
  readonly connections: { open: number; readonly refused: string[] };
  connect(): Promise<RawClient>;
  /** Sends a request of one user on a connection of its own. */
  ask(path: string): Promise<RawClient>;
  waiting(count: number): Promise<unknown>;
}

/** A door, its guard and a pool with one cell of one instance, all real; ended with the test. */
export async function overloadBench(test: TestContext, options: OverloadOptions): Promise<OverloadBench> {
  const cell = await RecordingCell.start();
  const table = threeCitiesTable({ routes: [...(options.routes ?? PRIORITY_ROUTES)] });
  const view = compileRoutingView(table.topology, () => ({ identify: () => ({ kind: 'missing', detail: null }) }));
  const shed: string[] = [];
  const pool = new CellPool({
    settings: { ...DEFAULT_CELL_SETTINGS, startHealthy: true, slowStartMs: 0, ...options.cells },
    clock: machineClock,
    random: seededRandom(7),
    resolver: systemResolver,
    observer: { ...SILENT_CELL_OBSERVER, shed: (_cell, priority, why) => void shed.push(`${priority} ${why}`) },
    priorityOf: (request) => routePriority(view, request),
  });
  const health = { path: '/probe', intervalMs: 1_000, timeoutMs: 20_000, unhealthyAfter: 100, healthyAfter: 1 };
  const { maxConcurrent } = options;
  const place = { dataCenter: 'hz-a', weight: 100, instances: [`127.0.0.1:${cell.port}`], tls: null };
  pool.update([{ id: 'RZ01A', ...place, health, maxConcurrent }]);
  const { pipeline, ends } = doorPipeline({ table, cells: pool });
  const connections = { open: 0, refused: [] as string[] };
  const lane = new (options.isFast ? FastLane : GeneralLane)({
    pipeline,
    clock: machineClock,
    settings: { ...DEFAULT_DOOR_SETTINGS, drainIdleMs: 1, drainMs: 200, ...options.door },
    certificate: null,
    proxyProtocol: options.proxyProtocol ?? false,
    observer: {
      opened: () => void connections.open++,
      closed: () => void connections.open--,
      refused: (why) => void connections.refused.push(why),
    },
    onMalformed: () => undefined,
  });
  const port = await lane.listen('127.0.0.1', 0);
  const clients: RawClient[] = [];
  test.after(async () => {
    for (const client of clients) client.close();
    await lane.drain();
    await pool.close(0);
    await cell.close();
  });
  const connect = async (): Promise<RawClient> => {
    const client = await RawClient.connect(port);
    clients.push(client);
    return client;
  };
  return {
    port,
    lane,
    cell,
    pool,
    ends,
    shed,
    connections,
    connect,
    async ask(path) {
      const client = await connect();
      client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n`);
      return client;
    },
    waiting: (count) => eventually(`${count} requests wait`, () => pool.status()[0]?.waiting === count),
  };
}
