import type { AdoptedOwner, Adoption } from '../../core/adoption/adoption.ts';
import { type CopyPlace, copyPlaces } from '../../core/adoption/copy-places.ts';
import type { ShownCopy } from '../../core/adoption/find-owners.ts';
import { ownersToFollow } from '../../core/adoption/follow-owners.ts';
import type { Epoch } from '../../core/ids.ts';
import { eachShard, runsOf } from '../../core/operation/runs.ts';
import { parseShardName } from '../../core/shard-name.ts';
import type { Table } from '../../core/table.ts';
import type { GateCalls } from '../operations/gate-calls.ts';
import { shardItems } from '../operations/gate-lineage.ts';
import { fenceGate } from './fence-gate.ts';

/** A gate that did not do it, and what it said. */
export interface SilentGate {
  readonly dataCenter: string;
  readonly detail: string;
}

export interface FenceRound {
  readonly copies: ReadonlyMap<string, ReadonlyMap<number, ShownCopy>>;
  readonly silent: readonly SilentGate[];
  /** The highest epoch that a gate keeps and the adoption's is not above. */
  readonly higher: Epoch | null;
}

const NOT_CONFIGURED = 'none is configured (gates)';

/** Fences every copy at once and reads how it stands; what a given-up data center answers counts too. Never rejects. */
export async function fenceCopies(gates: GateCalls, table: Table, adoption: Adoption): Promise<FenceRound> {
  const places = copyPlaces(table);
  const answers = await Promise.all(places.map((place) => fenceCopy(gates, table, adoption, place)));
  const copies = new Map<string, ReadonlyMap<number, ShownCopy>>();
  const silent: SilentGate[] = [];
  let higher: Epoch | null = null;
  for (const [index, { dataCenter }] of places.entries()) {
    const answer = answers[index];
    if (answer === undefined) continue;
    if (typeof answer === 'string') silent.push({ dataCenter, detail: answer });
    else if (typeof answer === 'number') higher = Math.max(higher ?? 0, answer) as Epoch;
    else copies.set(dataCenter, answer);
  }
  return { copies, silent, higher };
}

/** The copies; a text: it did not answer; a number: the epoch that it keeps is not below ours. */
async function fenceCopy(
  gates: GateCalls,
  { topology }: Table,
  { incarnation, freezeEpoch: epoch }: Adoption,
  { dataCenter, shards: runs }: CopyPlace,
): Promise<ReadonlyMap<number, ShownCopy> | string | Epoch> {
  const gate = gates.gateOf(dataCenter);
  if (gate === null) return NOT_CONFIGURED;
  const rule = topology.shardRule;
  const fence = await fenceGate(gate, { incarnation, epoch, runs, rule });
  if (fence.kind === 'higher') return fence.epoch;
  if (fence.kind === 'silent') return fence.detail;
  const result = await gate.position({ incarnation, epoch, shards: shardItems(rule, runs) });
  if (result.kind !== 'answered') return result.detail;
  return new Map(
    result.answer.shards.map(({ shard, role, position }) => [
      parseShardName(rule, shard),
      { role, ...position.toJSON() },
    ]),
  );
}

/** Data centers for which no gate is configured. */
export function gatelessIn(gates: GateCalls, { topology }: Table): ReadonlySet<string> {
  const names = topology.dataCenters.map(({ id }) => id as string);
  return new Set(names.filter((name) => gates.gateOf(name) === null));
}

/** Null: the owner's copy is writable at the grant's epoch. */
export async function promoteOwner(
  gates: GateCalls,
  { topology }: Table,
  { incarnation, grantEpoch }: Adoption,
  { shards, place }: AdoptedOwner,
): Promise<SilentGate | null> {
  const gate = gates.gateOf(place.dataCenter);
  const fail = (detail: string): SilentGate => ({ dataCenter: place.dataCenter, detail });
  // A data center without a gate was given up, and has nothing to promote.
  if (gate === null) return null;
  if (grantEpoch === null) return fail('nothing was granted');
  const items = shardItems(topology.shardRule, shards);
  const result = await gate.promote({ incarnation, epoch: grantEpoch, shards: items, owner: place });
  return result.kind === 'answered' ? null : fail(result.detail);
}

/** Null: all copies of the data center follow who owns them now. A gate that was away is fenced first: it keeps the old incarnation. */
export async function followOwners(
  gates: GateCalls,
  table: Table,
  { incarnation, freezeEpoch: epoch }: Adoption,
  place: CopyPlace,
): Promise<SilentGate | null> {
  const gate = gates.gateOf(place.dataCenter);
  const fail = (detail: string): SilentGate => ({ dataCenter: place.dataCenter, detail });
  if (gate === null) return null;
  const rule = table.topology.shardRule;
  const orders = ownersToFollow(table, place);
  const ordered = new Set(orders.flatMap(({ shards }) => [...eachShard(shards)]));
  const others = runsOf([...eachShard(place.shards)].filter((shard) => !ordered.has(shard)));
  // At the owner's epoch: a copy that was away may have learnt it from the owner already, and then takes no lower one.
  for (const fence of [{ shards: others, epoch }, ...orders]) {
    const outcome = await fenceGate(gate, { incarnation, epoch: fence.epoch, runs: fence.shards, rule });
    if (outcome.kind === 'silent') return fail(outcome.detail);
    if (outcome.kind === 'higher') return fail(`it keeps epoch ${outcome.epoch} of before the adoption`);
  }
  for (const { shards, owner, epoch: owned } of orders) {
    const result = await gate.follow({ incarnation, epoch: owned, shards: shardItems(rule, shards), owner });
    if (result.kind !== 'answered') return fail(result.detail);
  }
  return null;
}
