import type { Epoch, Incarnation } from '../../core/ids.ts';
import type { ShardRun } from '../../core/loss/shard-run.ts';
import { eachShard, runsOf } from '../../core/operation/runs.ts';
import { parseShardName } from '../../core/shard-name.ts';
import type { ShardRule } from '../../core/topology-document.ts';
import type { ShardVersion } from '../../gate/gate-contract.ts';
import type { Gate } from '../operations/gate-calls.ts';
import { shardItems } from '../operations/gate-lineage.ts';

/** `higher`: the gate keeps an epoch that the adoption's is not above; it has to take a higher one. */
export type FenceOutcome =
  | { readonly kind: 'fenced' }
  | { readonly kind: 'higher'; readonly epoch: Epoch }
  | { readonly kind: 'silent'; readonly detail: string };

export interface AdoptingFence {
  readonly incarnation: Incarnation;
  readonly epoch: Epoch;
  readonly runs: readonly ShardRun[];
  readonly rule: ShardRule;
}

/** One incarnation of before for each round, and some more for calls of others in between. */
const ROUNDS = 6;

/**
 * Fences a gate in the name of the new incarnation. What it keeps is learnt from its refusal, and named in the call that is
 * accepted (docs/data-gate.md, "After the store was restored"). Never rejects; repeating it is safe.
 */
export async function fenceGate(gate: Pick<Gate, 'fence'>, call: AdoptingFence): Promise<FenceOutcome> {
  const { incarnation, epoch, runs, rule } = call;
  // By shard: the incarnation that the gate is known to keep; empty: none is known.
  const open = new Map<number, Incarnation | ''>();
  for (const shard of eachShard(runs)) open.set(shard, '');
  for (let round = 1; round <= ROUNDS && open.size > 0; round += 1) {
    for (const [adopts, shards] of byIncarnation(open)) {
      const scope = { incarnation, epoch, shards: shardItems(rule, runsOf(shards)) };
      const result = await gate.fence(adopts === '' ? scope : { ...scope, adopts });
      if (result.kind === 'unknown') return { kind: 'silent', detail: result.detail };
      if (result.kind === 'answered') for (const shard of shards) open.delete(shard);
      else {
        const problem = takeRefusal(result.highest, { ...call, open });
        if (problem !== null) return problem;
        if (result.highest.length === 0) return { kind: 'silent', detail: result.detail };
      }
    }
  }
  if (open.size === 0) return { kind: 'fenced' };
  return { kind: 'silent', detail: 'what it keeps changes while it is fenced' };
}

function takeRefusal(
  highest: readonly ShardVersion[],
  { incarnation, epoch, rule, open }: AdoptingFence & { readonly open: Map<number, Incarnation | ''> },
): FenceOutcome | null {
  let higher: Epoch | null = null;
  for (const kept of highest) {
    const shard = parseShardName(rule, kept.shard);
    if (!open.has(shard)) continue;
    if (kept.incarnation === incarnation && kept.epoch >= epoch) {
      // A later step of this incarnation came first.
      open.delete(shard);
    } else if (kept.epoch >= epoch) higher = Math.max(higher ?? 0, kept.epoch) as Epoch;
    else open.set(shard, kept.incarnation);
  }
  return higher === null ? null : { kind: 'higher', epoch: higher };
}

function byIncarnation(open: ReadonlyMap<number, Incarnation | ''>): [Incarnation | '', number[]][] {
  const groups = new Map<Incarnation | '', number[]>();
  for (const [shard, adopts] of open) {
    const group = groups.get(adopts);
    if (group === undefined) groups.set(adopts, [shard]);
    else group.push(shard);
  }
  return [...groups];
}
