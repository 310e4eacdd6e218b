import type { ShardId } from '../core/ids.ts';
import { shardName, shardRanges } from '../core/shard-name.ts';
import { shardsAwayFromHome, type Table } from '../core/table.ts';
import { NONE, type Topology } from '../core/topology.ts';
import type { AwayView, OverrideView, ShardRunView, ShardSetView, TableAnswer, VersionView } from './api-types.ts';

/** The fields of one shard by name. */
export type ShardFieldsView = Omit<ShardRunView, 'shards' | 'count'>;

export function versionView(table: Table): VersionView {
  return { incarnation: table.incarnation, epoch: table.epoch };
}

export function tableView(table: Table): TableAnswer {
  return {
    ...versionView(table),
    digest: table.digest,
    shardRule: table.topology.shardRule,
    shards: shardRuns(table),
    overrides: overrideViews(table),
  };
}

export function overrideViews(table: Table): OverrideView[] {
  return table.overrides.map(({ unit, weights, author, reason, expiresAt }) => ({
    unit,
    weights,
    author,
    reason,
    expiresAt,
  }));
}

export function shardFields(table: Table, shard: ShardId): ShardFieldsView {
  const { topology, shards } = table;
  const record = shards.at(shard);
  return {
    home: unitName(topology, topology.home[shard]),
    owner: unitName(topology, record.owner),
    primary: dataCenterName(topology, record.primary),
    previous: unitName(topology, record.previous),
    state: record.state,
    epoch: record.epoch,
    since: record.since,
    operation: record.operation,
  };
}

/** Equal neighbours as one run; `G` is always a run of its own. */
export function shardRuns(table: Table): ShardRunView[] {
  const { shards, topology } = table;
  const runs: ShardRunView[] = [];
  for (let from = 0; from < shards.length; ) {
    let to = from;
    while (to + 1 < topology.shardCount && shards.same(to + 1, from) && topology.home[to + 1] === topology.home[from])
      to += 1;
    runs.push({
      shards: rangeName(topology, from, to),
      count: to - from + 1,
      ...shardFields(table, from as ShardId),
    });
    from = to + 1;
  }
  return runs;
}

/** Shards that are not where the ruleset wants them, grouped by where they should be and where they are. */
export function awayViews(table: Table): AwayView[] {
  const groups = new Map<string, { readonly first: ShardId; readonly shards: ShardId[] }>();
  for (const shard of shardsAwayFromHome(table)) {
    const { home, owner, primary, state, operation } = shardFields(table, shard);
    const key = JSON.stringify([home, owner, primary, state, operation]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: shard, shards: [shard] });
    else group.shards.push(shard);
  }
  return [...groups.values()].map((group) => awayView(table, group.first, group.shards));
}

function awayView(table: Table, first: ShardId, shards: readonly ShardId[]): AwayView {
  const { topology } = table;
  const { home, owner, primary, state, operation } = shardFields(table, first);
  const homePrimary = dataCenterName(topology, topology.units[topology.home[first] as number]?.primary);
  return { ...shardSet(topology, shards), home, homePrimary, owner, primary, state, operation };
}

/** Shards in ascending order, as people write them. */
export function shardSet(topology: Topology, shards: readonly ShardId[]): ShardSetView {
  return { shards: shardRanges(topology.shardRule, shards), count: shards.length };
}

export function unitName(topology: Topology, index: number | undefined): string | null {
  return index === undefined || index === NONE ? null : (topology.units[index]?.id ?? null);
}

export function dataCenterName(topology: Topology, index: number | undefined): string | null {
  return index === undefined || index === NONE ? null : (topology.dataCenters[index]?.id ?? null);
}

function rangeName(topology: Topology, from: number, to: number): string {
  const first = shardName(topology.shardRule, from as ShardId);
  return from === to ? first : `${first}-${shardName(topology.shardRule, to as ShardId)}`;
}
