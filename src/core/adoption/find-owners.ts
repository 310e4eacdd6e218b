import type { ShardId } from '../ids.ts';
import { type Place, placeKey } from '../operation/operation.ts';
import { runsOf } from '../operation/runs.ts';
import type { Table } from '../table.ts';
import { NONE } from '../topology.ts';
import type { AdoptedOwner, LeftFrozen, OwnerProof } from './adoption.ts';
import { copyPlaces, possibleOwners } from './copy-places.ts';

/** What a gate says of one shard's copy. */
export interface ShownCopy {
  readonly role: 'writable' | 'copy' | 'stale';
  readonly lineage: number;
  readonly offset: number;
}

/** By data center, by shard; a data center that did not answer is left out. */
export type ShownCopies = ReadonlyMap<string, ReadonlyMap<number, ShownCopy>>;

/** What a person accepted, and what cannot be asked. */
export interface OwnerTerms {
  readonly acceptsLoss: boolean;
  /** Data centers that have no gate: nothing is promoted there. */
  readonly gateless: ReadonlySet<string>;
}

export interface FoundOwners {
  readonly owners: readonly AdoptedOwner[];
  readonly frozen: readonly LeftFrozen[];
}

type Verdict = { readonly place: Place; readonly by: OwnerProof } | { readonly reason: string };

interface Shown extends ShownCopy {
  readonly dataCenter: string;
}

/**
 * Who owns each shard by what the gates show: the writable copy, if nobody shows a later promotion. What the backup says counts
 * only where `acceptsLoss` and no data center has a gate at all. Where it is not certain the shard stays frozen.
 */
export function findOwners(table: Table, copies: ShownCopies, terms: OwnerTerms): FoundOwners {
  const holders = holdersOf(table);
  const owners = new Map<string, { place: Place; by: OwnerProof; shards: number[] }>();
  const frozen = new Map<string, number[]>();
  for (const [shard, dataCenters] of holders) {
    const verdict = judge(table, shard, { copies, dataCenters, ...terms });
    if ('reason' in verdict) {
      frozen.set(verdict.reason, [...(frozen.get(verdict.reason) ?? []), shard]);
      continue;
    }
    const key = `${placeKey(verdict.place)} ${verdict.by}`;
    const group = owners.get(key);
    if (group === undefined) owners.set(key, { ...verdict, shards: [shard] });
    else group.shards.push(shard);
  }
  return {
    owners: [...owners.values()].map((group) => ({ ...group, shards: runsOf(group.shards) })),
    frozen: [...frozen].map(([reason, shards]) => ({ reason, shards: runsOf(shards) })),
  };
}

function holdersOf(table: Table): Map<number, string[]> {
  const holders = new Map<number, string[]>();
  for (const { dataCenter, shards } of copyPlaces(table)) {
    for (const [from, to] of shards) {
      for (let shard = from; shard <= to; shard += 1) {
        const list = holders.get(shard);
        if (list === undefined) holders.set(shard, [dataCenter]);
        else list.push(dataCenter);
      }
    }
  }
  return holders;
}

interface Ground extends OwnerTerms {
  readonly copies: ShownCopies;
  readonly dataCenters: readonly string[];
}

function judge(table: Table, shard: number, { copies, dataCenters, acceptsLoss, gateless }: Ground): Verdict {
  const shown = dataCenters.flatMap((dataCenter): Shown[] => {
    const copy = copies.get(dataCenter)?.get(shard);
    return copy === undefined ? [] : [{ ...copy, dataCenter }];
  });
  const silent = dataCenters.filter((dataCenter) => !shown.some((copy) => copy.dataCenter === dataCenter));
  if (silent.length > 0 && !acceptsLoss) return { reason: `no answer of the gate of ${silent.join(', ')}` };
  if (shown.length === 0 && dataCenters.every((dataCenter) => gateless.has(dataCenter))) return byBackup(table, shard);
  if (shown.length === 0) return { reason: `no gate of ${dataCenters.join(', ')} answered` };
  const lineage = Math.max(...shown.map((copy) => copy.lineage));
  const newest = shown.filter((copy) => copy.lineage === lineage);
  const writable = newest.filter(({ role }) => role === 'writable');
  const [first, second] = writable;
  if (second !== undefined)
    return { reason: `${first?.dataCenter} and ${second.dataCenter} both show a writable copy of lineage ${lineage}` };
  if (first !== undefined) return placed(table, shard, first.dataCenter, 'promoted');
  const usable = newest.filter(({ role }) => role === 'copy').sort((a, b) => b.offset - a.offset);
  const [best] = usable;
  const where = newest.map(({ dataCenter }) => dataCenter).join(', ');
  if (best === undefined) return { reason: `the copies of the last promotion (${where}) are stale` };
  if (!acceptsLoss) return { reason: `no gate shows the writable copy of lineage ${lineage}, which ${where} follow` };
  return placed(table, shard, best.dataCenter, 'most advanced');
}

/** Once its shards are frozen, the backup's primary is forgotten: the unit's own, by the ruleset, takes its place. */
function byBackup(table: Table, shard: number): Verdict {
  const { topology, shards } = table;
  const { state, primary, previous } = shards.at(shard as ShardId);
  const index = state === 'FREEZING' ? topology.units[previous]?.primary : primary;
  const dataCenter = topology.dataCenters[index ?? NONE]?.id;
  if (dataCenter === undefined) return { reason: 'no data center has a gate, and the backup names no owner' };
  return placed(table, shard, dataCenter, 'backup');
}

/** A gate knows its data center's copy, not the unit: the likeliest unit with a cell there takes it. */
function placed(table: Table, shard: number, dataCenter: string, by: OwnerProof): Verdict {
  const { topology } = table;
  const index = topology.dataCenterIndex.get(dataCenter) ?? -1;
  const units = possibleOwners(table, shard).flatMap((each) => topology.units[each] ?? []);
  const unit = units.find(({ cells }) => cells.some((cell) => cell.dataCenter === index));
  if (unit === undefined) return { reason: `no unit that may own it has a cell in ${dataCenter}` };
  return { place: { unit: unit.id, dataCenter }, by };
}
