import type { ShardId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { Unit } from '../core/topology.ts';
import type { EdgeRecord } from '../store/records/node-record.ts';
import type { RulesetView, StatusAnswer, UnitStatusView } from './api-types.ts';
import { unitCellsView } from './cell-view.ts';
import type { EdgeWatch } from './edge-watch.ts';
import { findings, isProblem, type StatusFacts, summary } from './findings.ts';
import { gatewaysView } from './gateway-view.ts';
import { awayViews, dataCenterName, overrideViews, shardSet, versionView } from './table-view.ts';

export interface StatusSources {
  readonly version: string;
  readonly realm: string;
  readonly table: Table | null;
  readonly ruleset: RulesetView | null;
  readonly edges: EdgeWatch;
  readonly reporters: readonly EdgeRecord[];
  /** What shows that the store went back, in words. */
  readonly wentBack?: readonly string[];
  /** Guards whose horizon is not what this node reckons with, in words. */
  readonly horizonsApart?: readonly string[];
}

/** All that `ldc status` and the console's first page need, in one answer. */
export function statusView({
  version,
  realm,
  table,
  ruleset,
  edges,
  reporters,
  wentBack = [],
  horizonsApart = [],
}: StatusSources): StatusAnswer {
  const { gateways, badRecords, readMsAgo } = gatewaysView(edges, table);
  const facts: StatusFacts = {
    version,
    realm,
    table:
      table === null ? null : { ...versionView(table), digest: table.digest, shardCount: table.topology.shardCount },
    ruleset,
    units: table === null ? [] : unitViews(table, reporters),
    away: table === null ? [] : awayViews(table),
    overrides: table === null ? [] : overrideViews(table),
    gateways,
    badRecords,
    readMsAgo,
    dataCenters: table?.topology.dataCenters.map(({ id }) => id) ?? [],
    wentBack,
    horizonsApart,
  };
  const found = findings(facts);
  const { dataCenters: _, wentBack: __, horizonsApart: ___, ...told } = facts;
  return { ...told, summary: summary(facts, found), allWell: !found.some(isProblem), findings: found };
}

function unitViews(table: Table, reporters: readonly EdgeRecord[]): UnitStatusView[] {
  const { topology, shards } = table;
  const home = groupByUnit(topology.units.length, topology.home);
  const owned = groupByUnit(topology.units.length, shards.owner);
  const view = (unit: Unit): UnitStatusView => ({
    ...unitCellsView(table, unit, reporters),
    primary: dataCenterName(topology, unit.primary),
    capacity: unit.capacity,
    home: shardSet(topology, home[unit.index] ?? []),
    owned: shardSet(topology, owned[unit.index] ?? []),
  });
  return topology.units.map(view);
}

function groupByUnit(units: number, unitOfShard: Uint16Array): ShardId[][] {
  const groups: ShardId[][] = Array.from({ length: units }, () => []);
  unitOfShard.forEach((unit, shard) => {
    groups[unit]?.push(shard as ShardId);
  });
  return groups;
}
