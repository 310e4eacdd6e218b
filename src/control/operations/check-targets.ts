import type { Epoch } from '../../core/ids.ts';
import type { ShardRun } from '../../core/loss/shard-run.ts';
import { distinctPlaces, type Operation, placeKey, shardsAt } from '../../core/operation/operation.ts';
import { eachShard, runsOf } from '../../core/operation/runs.ts';
import type { Table } from '../../core/table.ts';
import type { LagAnswer } from '../../gate/gate-contract.ts';
import type { EdgeObservation } from '../edge-liveness.ts';
import { gatewayState } from '../edge-liveness.ts';
import type { PolicyRecord } from '../records/policy-record.ts';
import type { Gate, GateCalls } from './gate-calls.ts';
import { shardItems } from './gate-lineage.ts';

export interface TargetCheckParts {
  readonly gates: GateCalls;
  readonly table: Table;
  readonly policy: PolicyRecord;
  readonly edges: EdgeObservation;
  readonly aliveMs: number;
  readonly lagMs: number;
}

/** Why a planned move must not freeze anything now, in words; empty: nothing speaks against it. Never rejects. */
export async function checkTargets(operation: Operation, parts: TargetCheckParts): Promise<string[]> {
  const problems: string[] = [];
  const { policy, table } = parts;
  const isAllowed = !policy.freezeAll.on || operation.options.overriddenRules.includes('operations-allowed');
  if (!isAllowed) problems.push(`${policy.freezeAll.author} forbade all operations meanwhile; see \`ldc freeze-all\``);
  if (operation.incarnation !== table.incarnation) problems.push('the table is of another incarnation');
  const targets = distinctPlaces(operation.moves.map(({ to }) => to));
  for (const { dataCenter } of targets) {
    if (!hasGateway(parts, dataCenter)) problems.push(`no gateway of ${dataCenter} is alive; see \`ldc status\``);
  }
  const questions = [
    ...targets.map((place) => checkTarget(operation, parts, place)),
    ...distinctPlaces(operation.moves.map(({ from }) => from)).map((place) => checkSource(operation, parts, place)),
  ];
  for (const found of await Promise.all(questions)) problems.push(...found);
  return [...new Set(problems)];
}

type Place = Operation['moves'][number]['to'];

function hasGateway({ edges, aliveMs }: TargetCheckParts, dataCenter: string): boolean {
  return edges.edges.some((edge) => edge.record.dataCenter === dataCenter && gatewayState(edge, aliveMs) !== 'silent');
}

async function checkTarget(operation: Operation, parts: TargetCheckParts, place: Place): Promise<string[]> {
  const gate = parts.gates.gateOf(place.dataCenter);
  if (gate === null) return [`no gate of ${place.dataCenter} is configured (gates)`];
  const answer = await ask(gate, parts, operation, shardsAt(operation.moves, 'to', place));
  if (typeof answer === 'string') return [`the gate of ${placeKey(place)}: ${answer}`];
  const stale = answer.shards.filter(({ role }) => role === 'stale');
  const more = stale.length > 1 ? ` and ${stale.length - 1} more` : '';
  return stale.length === 0
    ? []
    : [`the copy of shard ${stale[0]?.shard}${more} at ${placeKey(place)} was not made to follow yet`];
}

/** The copy that takes writes knows how far the others are. */
async function checkSource(operation: Operation, parts: TargetCheckParts, place: Place): Promise<string[]> {
  const gate = parts.gates.gateOf(place.dataCenter);
  if (gate === null) return [`no gate of ${place.dataCenter} is configured (gates)`];
  const problems: string[] = [];
  for (const move of operation.moves.filter(({ from }) => placeKey(from) === placeKey(place))) {
    const answer = await ask(gate, parts, operation, move.shards);
    if (typeof answer === 'string') {
      // What the freeze does then is the author's choice.
      return operation.options.emergencyWhenSilent ? [] : [`the gate of ${placeKey(place)}: ${answer}`];
    }
    const lags = answer.shards.flatMap(({ copies }) => copies.filter(({ copy }) => copy === move.to.dataCenter));
    const worst = Math.max(0, ...lags.map(({ ms }) => ms ?? 0));
    if (worst > parts.lagMs)
      problems.push(`${placeKey(move.to)} lags by ${worst} ms, at most ${parts.lagMs} (operations.lagMs)`);
  }
  return problems;
}

/** Each shard is asked for at its own epoch: a call at a higher one would raise the gate's fence. */
async function ask(
  gate: Gate,
  { table }: TargetCheckParts,
  { incarnation }: Operation,
  runs: readonly ShardRun[],
): Promise<LagAnswer | string> {
  const byEpoch = new Map<Epoch, number[]>();
  for (const shard of eachShard(runs)) {
    const epoch = table.shards.epoch[shard] as Epoch;
    const group = byEpoch.get(epoch);
    if (group === undefined) byEpoch.set(epoch, [shard]);
    else group.push(shard);
  }
  const shards: LagAnswer['shards'][number][] = [];
  for (const [epoch, group] of byEpoch) {
    const items = shardItems(table.topology.shardRule, runsOf(group));
    const result = await gate.lag({ incarnation, epoch, shards: items });
    if (result.kind !== 'answered') return result.detail;
    shards.push(...result.answer.shards);
  }
  return { shards };
}
