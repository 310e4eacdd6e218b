import type { ShownCopy } from '../../core/adoption/find-owners.ts';
import type { SeenVersion } from '../../core/adoption/first-epoch.ts';
import type { Epoch, Incarnation } from '../../core/ids.ts';
import type { ShardRun } from '../../core/loss/shard-run.ts';
import { eachShard, runsOf } from '../../core/operation/runs.ts';
import { parseShardName } from '../../core/shard-name.ts';
import type { Table } from '../../core/table.ts';
import type { ShardPlace, ShardVersion } from '../../gate/gate-contract.ts';
import type { Gate } from '../operations/gate-calls.ts';
import { shardItems } from '../operations/gate-lineage.ts';

/** What a gate keeps, and how its copies stand. */
export type GateSurvey =
  | {
      readonly kind: 'answered';
      /** Versions above the table's, or of other incarnations. */
      readonly seen: readonly SeenVersion[];
      readonly copies: ReadonlyMap<number, ShownCopy>;
    }
  | { readonly kind: 'silent'; readonly detail: string };

/** A gate may take other calls meanwhile; more often than this it is not asked again. */
const ROUNDS = 4;

type Asked = Pick<ShardVersion, 'incarnation' | 'epoch'>;

/**
 * Looks at a gate without changing what it keeps: each shard is asked for at the table's own version, and where that is refused
 * at the version that the refusal shows, which is an equal call. Never rejects.
 */
export async function surveyGate(
  gate: Pick<Gate, 'position'>,
  dataCenter: string,
  table: Table,
  runs: readonly ShardRun[],
): Promise<GateSurvey> {
  const { shardRule } = table.topology;
  const open = new Map<number, Asked>();
  for (const shard of eachShard(runs)) open.set(shard, tableVersion(table, shard));
  const seen = new Map<string, SeenVersion>();
  const copies = new Map<number, ShownCopy>();
  for (let round = 1; round <= ROUNDS && open.size > 0; round += 1) {
    for (const { incarnation, epoch, shards } of grouped(open)) {
      const result = await gate.position({ incarnation, epoch, shards: shardItems(shardRule, runsOf(shards)) });
      if (result.kind === 'unknown') return { kind: 'silent', detail: result.detail };
      if (result.kind === 'answered') {
        for (const place of result.answer.shards) keepCopy(copies, parseShardName(shardRule, place.shard), place);
        for (const shard of shards) open.delete(shard);
        continue;
      }
      if (result.highest.length === 0) return { kind: 'silent', detail: result.detail };
      for (const { shard, ...kept } of result.highest) {
        const version = {
          incarnation: kept.incarnation === '' ? table.incarnation : kept.incarnation,
          epoch: kept.epoch,
        };
        const index = parseShardName(shardRule, shard);
        if (open.has(index)) open.set(index, version);
        seen.set(`${version.incarnation} ${version.epoch}`, { ...version, by: `gate of ${dataCenter}` });
      }
    }
  }
  if (open.size > 0) return { kind: 'silent', detail: 'its versions change while they are asked for' };
  return { kind: 'answered', seen: [...seen.values()], copies };
}

function tableVersion({ incarnation, shards }: Table, shard: number): Asked {
  return { incarnation, epoch: shards.epoch[shard] as Epoch };
}

function keepCopy(copies: Map<number, ShownCopy>, shard: number, { role, position }: ShardPlace): void {
  copies.set(shard, { role, ...position.toJSON() });
}

function grouped(open: ReadonlyMap<number, Asked>): (Asked & { readonly shards: readonly number[] })[] {
  const groups = new Map<string, { incarnation: Incarnation; epoch: Epoch; shards: number[] }>();
  for (const [shard, { incarnation, epoch }] of open) {
    const key = `${incarnation} ${epoch}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { incarnation, epoch, shards: [shard] });
    else group.shards.push(shard);
  }
  return [...groups.values()];
}
