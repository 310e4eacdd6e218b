import type { Plan } from '../../core/plan/plan.ts';
import type { Table } from '../../core/table.ts';
import type { DataCenterReachView, PlanAnswer, PlanCall } from '../api-types.ts';
import { versionView } from '../table-view.ts';
import type { GateCalls } from './gate-calls.ts';
import { moveView } from './operation-view.ts';
import { shardsView } from './shard-runs.ts';

export interface PlanSurroundings {
  readonly table: Table;
  readonly reaches: ReadonlyMap<string, DataCenterReachView>;
  readonly gates: GateCalls;
}

export function planView(plan: Plan, call: PlanCall, { table, reaches, gates }: PlanSurroundings): PlanAnswer {
  const rule = table.topology.shardRule;
  const { kind, moves, weights, standIns, loads, movedShards, verdicts } = plan;
  const reachesOf = (names: readonly string[]): DataCenterReachView[] =>
    [...new Set(names)].flatMap((name) => reaches.get(name) ?? []);
  const sources = reachesOf(moves.map(({ from }) => from.dataCenter));
  return {
    ...versionView(table),
    call,
    kind,
    moves: moves.map((move) => moveView(rule, move)),
    weights,
    standIns,
    homeless: plan.homeless.map(({ unit, shards, reason }) => ({
      unit,
      shards: shardsView(rule, shards).shards,
      reason,
    })),
    loads,
    movedShards,
    usersAffected: plan.frozenShare,
    pauseMs: Math.round(plan.pauseMs),
    verdicts,
    allowed: verdicts.every(({ verdict }) => verdict !== 'refused'),
    sources,
    targets: reachesOf(moves.map(({ to }) => to.dataCenter)),
    emergencyOffer: kind === 'emergency' ? null : emergencyOffer(sources),
    mayLoseData: kind === 'emergency' && moves.some((move) => !isSafe(move, table, gates)),
  };
}

function emergencyOffer(sources: readonly DataCenterReachView[]): string | null {
  const silent = sources.filter(({ answers, gate }) => answers === 'no' || (gate !== null && !gate.answers));
  if (silent.length === 0) return null;
  const named = silent.map(({ dataCenter, gate }) => `${dataCenter} (${gate?.detail ?? 'no gateway is alive'})`);
  return `${named.join(', ')} does not answer: a planned move would abort; an emergency asks nothing of it`;
}

/** Whatever copy is chosen has every acknowledged write. */
function isSafe({ from, to, candidates }: Plan['moves'][number], { topology }: Table, gates: GateCalls): boolean {
  const acknowledges = gates.acknowledges(from.dataCenter);
  const cityOf = (name: string): number => topology.dataCenters[topology.dataCenterIndex.get(name) ?? -1]?.city ?? -1;
  const isNear = [to, ...candidates].every(({ dataCenter }) => cityOf(dataCenter) === cityOf(from.dataCenter));
  return acknowledges === 'remote' || (acknowledges === 'same-city' && isNear);
}
