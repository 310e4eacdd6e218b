import type { Epoch, ShardId } from '../core/ids.ts';
import type { ShardColumns } from '../core/shard-columns.ts';
import { carryShards, makeTable, shardsAtHome, type Table } from '../core/table.ts';
import { indexTopology, NONE, type Topology } from '../core/topology.ts';
import type { OverrideDocument, TopologyDocument } from '../core/topology-document.ts';
import { diffTopologies } from '../ruleset/diff-topologies.ts';
import { HEAD_FORMATS } from '../store/records/head-record.ts';

/** A gateway that must be able to read what is written. */
export interface TableReaderNode {
  readonly node: string;
  readonly formats: readonly number[];
}

/** What applying a ruleset to the running table would do. */
export interface RulesetPlan {
  /** In words; empty together with `after`: the ruleset says what runs already. */
  readonly changes: readonly string[];
  /** Why it must not be done; empty: it may. */
  readonly refusals: readonly string[];
  /** What would run, with a digest that is not worked out; null: refused or nothing to do. */
  readonly after: Table | null;
}

/**
 * Works out the next table: the ruleset's topology with the owners of now. Applying never changes an owner or a primary,
 * and what it would strand, it refuses. `incarnation` is that of a first table.
 */
export function planRuleset(
  before: Table | null,
  document: TopologyDocument,
  realm: string,
  incarnation: Table['incarnation'],
  readers: readonly TableReaderNode[],
): RulesetPlan {
  if (document.realm !== realm) {
    const refusal = `realm: the ruleset is for ${JSON.stringify(document.realm)}, this control node serves ${JSON.stringify(realm)}`;
    return { changes: [], refusals: [refusal], after: null };
  }
  const after = indexTopology(document);
  const unable = unableReaders(readers);
  if (before === null) {
    const changes = [
      `first ruleset of realm ${document.realm}: ${document.units.length} units, ${after.shardCount} shards`,
    ];
    return planOf(changes, unable, () =>
      nextTable(incarnation, 1 as Epoch, after, [], shardsAtHome(after, 1 as Epoch)),
    );
  }
  if (JSON.stringify(before.topology.document) === JSON.stringify(document))
    return { changes: [], refusals: [], after: null };
  const { changes: differences } = diffTopologies(before.topology.document, document);
  const changes = differences.map(({ text }) => text);
  const forbidden = differences.flatMap((change) => (change.forbidden === null ? [] : [change.text]));
  // Under another shard rule nobody's owner can be carried over, so nothing below makes sense.
  if (forbidden.length > 0) return { changes, refusals: forbidden, after: null };
  const carried = carryShards(before.shards, before.topology, after);
  const stranded = carried.ok ? [] : carried.lost.map(strandedInWords);
  const refusals = [...stranded, ...lostOverrides(before.overrides, after), ...unable];
  if (!carried.ok || refusals.length > 0) return { changes, refusals, after: null };
  const epoch = (before.epoch + 1) as Epoch;
  const shards = settleOwnerless(carried.shards, after, epoch);
  const next = nextTable(before.incarnation, epoch, after, before.overrides, shards);
  const { succeeds = [] } = before;
  return { changes, refusals: [], after: succeeds.length === 0 ? next : { ...next, succeeds } };
}

function planOf(changes: readonly string[], refusals: readonly string[], after: () => Table): RulesetPlan {
  return { changes, refusals, after: refusals.length === 0 ? after() : null };
}

function nextTable(
  incarnation: Table['incarnation'],
  epoch: Epoch,
  topology: Topology,
  overrides: readonly OverrideDocument[],
  shards: ShardColumns,
): Table {
  return makeTable({ incarnation, epoch, digest: '', topology, overrides, shards });
}

function strandedInWords(lost: string): string {
  return `the ruleset leaves out ${lost}, which shards are using now; move these shards first, then apply`;
}

function lostOverrides(overrides: readonly OverrideDocument[], after: Topology): string[] {
  return overrides.flatMap(({ unit, weights, author }) => {
    const cells = new Set<string>(after.units[after.unitIndex.get(unit) ?? NONE]?.cells.map((cell) => cell.id) ?? []);
    const missing = Object.keys(weights).filter((cell) => !cells.has(cell));
    if (missing.length === 0) return [];
    return [
      `the override of ${unit} by ${author} names ${missing.join(', ')}, which the ruleset leaves out; end it first`,
    ];
  });
}

function unableReaders(readers: readonly TableReaderNode[]): string[] {
  const format = Math.max(...HEAD_FORMATS);
  return readers
    .filter((reader) => !reader.formats.includes(format))
    .map(({ node, formats }) => {
      const reads = formats.length === 0 ? 'none' : formats.join(', ');
      return `gateway ${node} is alive and reads record formats ${reads}, not ${format}; upgrade or stop it first`;
    });
}

/** A shard without owner, as `G` in a realm that had no G unit, has nobody to take it from: it goes straight home. */
function settleOwnerless(shards: ShardColumns, topology: Topology, epoch: Epoch): ShardColumns {
  for (let shard = 0; shard < shards.length; shard += 1) {
    const { state, owner } = shards.at(shard as ShardId);
    const home = topology.home[shard] as number;
    if (state !== 'ACTIVE' || owner !== NONE || home === NONE) continue;
    const primary = topology.units[home]?.primary ?? NONE;
    shards.fill(shard, shard, { epoch, state, owner: home, primary, previous: NONE, since: epoch, operation: null });
  }
  return shards;
}
