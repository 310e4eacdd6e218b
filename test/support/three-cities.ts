import type { Epoch, Incarnation } from '../../src/core/ids.ts';
import { firstTable, type Table } from '../../src/core/table.ts';
import type { CellDocument, RouteDocument, TopologyDocument, UnitDocument } from '../../src/core/topology-document.ts';

const HEALTH = { path: '/healthz', intervalMs: 1000, timeoutMs: 500, unhealthyAfter: 2, healthyAfter: 1 };

function cell(id: string, dataCenter: string, weight: number): CellDocument {
  return { id, dataCenter, weight, instances: [], tls: null, health: HEALTH, maxConcurrent: 1000 };
}

function shardedUnit(
  id: string,
  home: readonly [number, number],
  primary: string,
  cells: CellDocument[],
  remoteTargets: string[],
  capacity: number,
): UnitDocument {
  return {
    id,
    kind: 'R',
    home: [home],
    globalHome: false,
    primary,
    cells,
    remoteTargets,
    capacity,
    storeLost: 'fence',
  };
}

function otherUnit(
  id: string,
  kind: 'G' | 'C',
  primary: string | null,
  cells: CellDocument[],
  remoteTargets: string[],
  globalHome = false,
): UnitDocument {
  return { id, kind, home: [], globalHome, primary, cells, remoteTargets, capacity: null, storeLost: 'fence' };
}

export function route(over: Partial<RouteDocument>): RouteDocument {
  return {
    name: 'users',
    hosts: [],
    path: '/*',
    methods: [],
    kind: 'R',
    identity: [
      { type: 'cookie', name: 'uid' },
      { type: 'header', name: 'x-user-id' },
    ],
    onMissing: { type: 'reject' },
    onUnavailable: 'reject',
    strict: false,
    idempotencyKey: false,
    priority: 0,
    limits: { bodyBytes: 64 * 1024 * 1024 },
    timeouts: { identityMs: 500, connectMs: 1000, responseHeadMs: 10_000, bodyIdleMs: 10_000, requestMs: 0 },
    hold: { maxRequests: 10_000, maxBytes: 64 * 1024 * 1024, maxMs: 10_000 },
    ...over,
  };
}

/** The reference topology of the rules directory as a document, for tests that do not parse YAML. */
export function threeCities(over: Partial<TopologyDocument> = {}): TopologyDocument {
  return {
    format: 1,
    realm: 'test',
    shardRule: { name: 'digits/1', digits: 2, fromEnd: 0 },
    trust: { proxies: [], identityHeaders: 'any' },
    cities: [
      { id: 'hangzhou', dataCenters: ['hz-a', 'hz-b'] },
      { id: 'shanghai', dataCenters: ['sh-a', 'sh-b'] },
      { id: 'shenzhen', dataCenters: ['sz-a'] },
    ],
    units: [
      shardedUnit(
        'RZ01',
        [0, 19],
        'hz-a',
        [cell('RZ01A', 'hz-a', 50), cell('RZ01B', 'hz-b', 50)],
        ['RZ03', 'RZ05'],
        40,
      ),
      shardedUnit(
        'RZ02',
        [20, 39],
        'hz-b',
        [cell('RZ02A', 'hz-a', 50), cell('RZ02B', 'hz-b', 50)],
        ['RZ04', 'RZ05'],
        40,
      ),
      shardedUnit(
        'RZ03',
        [40, 59],
        'sh-a',
        [cell('RZ03A', 'sh-a', 50), cell('RZ03B', 'sh-b', 50)],
        ['RZ01', 'RZ05'],
        40,
      ),
      shardedUnit(
        'RZ04',
        [60, 79],
        'sh-b',
        [cell('RZ04A', 'sh-a', 50), cell('RZ04B', 'sh-b', 50)],
        ['RZ02', 'RZ05'],
        40,
      ),
      shardedUnit('RZ05', [80, 99], 'sz-a', [cell('RZ05A', 'sz-a', 100)], ['RZ01', 'RZ03'], 60),
      otherUnit('GZ00', 'G', 'hz-a', [cell('GZ00A', 'hz-a', 100), cell('GZ00B', 'hz-b', 0)], ['GZ01'], true),
      otherUnit('GZ01', 'G', 'sh-a', [cell('GZ01A', 'sh-a', 100)], []),
      otherUnit('CZHZ', 'C', null, [cell('CZHZA', 'hz-a', 0), cell('CZHZB', 'hz-b', 0)], ['CZSH']),
      otherUnit('CZSH', 'C', null, [cell('CZSHA', 'sh-a', 0), cell('CZSHB', 'sh-b', 0)], ['CZSZ']),
      otherUnit('CZSZ', 'C', null, [cell('CZSZA', 'sz-a', 0)], ['CZHZ']),
    ],
    routes: [
      route({ name: 'global', path: '/global/*', kind: 'G', identity: [] }),
      route({ name: 'catalog', path: '/catalog/*', kind: 'C', identity: [] }),
      route({}),
    ],
    ...over,
  };
}

export const INCARNATION = '00000000-0000-4000-8000-000000000001' as Incarnation;

/** The reference table at epoch 1, all shards at home. */
export function threeCitiesTable(over: Partial<TopologyDocument> = {}): Table {
  return firstTable(threeCities(over), INCARNATION, 'digest-1');
}

/** The same table with another version. */
export function atEpoch(table: Table, epoch: number, digest = `digest-${epoch}`): Table {
  return { ...table, epoch: epoch as Epoch, digest };
}
