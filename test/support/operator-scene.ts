import type { ControlNodeOptions } from '../../src/control/control-node.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { BootId, DataCenterId, Epoch, NodeId, ShardId } from '../../src/core/ids.ts';
import type { Table } from '../../src/core/table.ts';
import { NONE } from '../../src/core/topology.ts';
import type { CellReport } from '../../src/store/records/node-record.ts';
import { TableReader } from '../../src/store/records/table-reader.ts';
import { writeTable } from '../../src/store/records/table-writer.ts';
import { ControlBench, REALM, THREE_CITIES } from './control-bench.ts';
import { eventually } from './eventually.ts';
import { machineClock } from './machine-clock.ts';

/** 2026-01-02 03:04:05 UTC, at all times: what is printed of it is the same in every run. */
const clock: Clock = { ...machineClock, wallMs: () => Date.UTC(2026, 0, 2, 3, 4, 5) };

/** A control node whose incarnation and times are always the same; its gateways count as alive for the whole test. */
export function startScene(over: Partial<ControlNodeOptions> = {}): Promise<ControlBench> {
  let drawn = 0;
  const random = {
    next: () => {
      drawn += 1;
      return Math.imul(drawn, 0x9e3779b1) >>> 0;
    },
  };
  return ControlBench.start({ clock, random, edges: { rereadMs: 50, hintGapMs: 5, aliveMs: 600_000 }, ...over });
}

const DATA_CENTERS = ['hz-a', 'hz-b', 'sh-a', 'sh-b', 'sz-a'] as const;

/** The reference ruleset with a gateway in every data center that finds all its cells healthy. */
export async function startHealthyScene(over: Partial<ControlNodeOptions> = {}): Promise<ControlBench> {
  const bench = await startScene(over);
  await bench.apply(THREE_CITIES, 0, { reason: 'begin' });
  const table = await readTable(bench);
  for (const dataCenter of DATA_CENTERS) await putGateway(bench, table, dataCenter, table.epoch);
  await eventually(
    'control sees the gateways',
    () => bench.node.edges.observation.edges.length === DATA_CENTERS.length,
  );
  return bench;
}

/**
 * The same in the middle of an incident: shards 03 and 04 are away, 25 is being moved, RZ01 has an override, a cell and an
 * instance are ill, sz-a has no gateway, and one gateway lags.
 */
export async function startTroubledScene(): Promise<ControlBench> {
  const bench = await startScene();
  await bench.apply(THREE_CITIES, 0, { reason: 'begin' });
  await bench.apply(THREE_CITIES.replace('capacity: 60', 'capacity: 50'), 1, { reason: 'smaller machines' });
  await troubleTable(bench);
  const table = await readTable(bench);
  await putGateway(bench, table, 'hz-a', table.epoch, {
    RZ01A: ['healthy', 'unhealthy'],
    RZ02A: ['unhealthy', 'ejected'],
  });
  await putGateway(bench, table, 'hz-b', (table.epoch - 2) as Epoch);
  await putGateway(bench, table, 'sh-a', table.epoch);
  await putGateway(bench, table, 'sh-b', null);
  await bench.store.transact([], [{ key: 'edges/broken/boot', value: '{"format":7}' }]);
  await eventually('control sees the records', () => {
    const { edges, bad } = bench.node.edges.observation;
    return edges.length === 4 && bad.length === 1;
  });
  return bench;
}

async function troubleTable(bench: ControlBench): Promise<void> {
  const reading = await new TableReader(bench.store, REALM).read();
  if (reading === null) throw new Error('no table');
  const { table, headVersion } = reading;
  const { topology } = table;
  const epoch = (table.epoch + 1) as Epoch;
  const shards = table.shards.copy();
  const owner = topology.unitIndex.get('RZ05') ?? NONE;
  const primary = topology.dataCenterIndex.get('sz-a') ?? NONE;
  shards.fill(3, 4, { ...shards.at(3 as ShardId), owner, primary, epoch, since: epoch });
  const frozen = shards.at(25 as ShardId);
  const [state, operation] = ['FREEZING', 'move-1'] as const;
  shards.fill(25, 25, { ...frozen, state, operation, epoch, previous: frozen.owner, owner: NONE, primary: NONE });
  const weights = { RZ01A: 20, RZ01B: 80 };
  const expiresAt = Date.UTC(2026, 0, 2, 4, 0, 0);
  const overrides = [{ unit: 'RZ01', weights, author: 'li', reason: 'disk of RZ01A is slow', expiresAt }];
  await writeTable(bench.store, { ...table, epoch, shards, overrides }, headVersion);
}

async function readTable(bench: ControlBench): Promise<Table> {
  const reading = await new TableReader(bench.store, REALM).read();
  if (reading === null) throw new Error('no table');
  return reading.table;
}

type Health = CellReport['instances'][number]['health'];

async function putGateway(
  bench: ControlBench,
  table: Table,
  dataCenter: string,
  epoch: Epoch | null,
  ill: Readonly<Record<string, readonly Health[]>> = {},
): Promise<void> {
  const index = DATA_CENTERS.indexOf(dataCenter as (typeof DATA_CENTERS)[number]);
  const cells = table.topology.cells
    .filter((cell) => table.topology.dataCenters[cell.dataCenter]?.id === dataCenter)
    .map(({ id }) => ({
      cell: id,
      instances: (ill[id] ?? ['healthy', 'healthy']).map((health, instance) => ({
        address: `10.0.${index}.${instance + 1}:8080`,
        health,
        origin: 'registered' as const,
      })),
    }));
  await bench.putEdge({
    node: `gateway-${dataCenter}-1` as NodeId,
    boot: 'boot-1' as BootId,
    dataCenter: dataCenter as DataCenterId,
    door: `127.0.0.1:810${index + 1}`,
    applied: epoch === null ? null : { incarnation: table.incarnation, epoch },
    cells,
  });
}
