import type { Clock } from '../../core/clock.ts';
import type { Epoch, MonotonicMs, ShardId } from '../../core/ids.ts';
import { shardName } from '../../core/shard-name.ts';
import type { Table } from '../../core/table.ts';
import type { DataCenterReachView } from '../api-types.ts';
import { type EdgeObservation, gatewayState } from '../edge-liveness.ts';
import { withinLimit } from '../within-limit.ts';
import type { GateCalls } from './gate-calls.ts';

export interface ProbeParts {
  readonly gates: GateCalls;
  readonly edges: EdgeObservation;
  readonly aliveMs: number;
  readonly clock: Clock;
  /** Longest question to one gate; all are asked at once. */
  readonly probeMs: number;
  /** When gates let a question run into its limit: written and read here. */
  readonly swallowed: Map<string, MonotonicMs>;
}

/** For this many `probeMs` a gate that swallowed a question is not asked again: a start follows its plan at once, and would wait as long. */
const REMEMBERED = 3;

/** Which data centers of the ruleset answer, asked now. Never rejects, and ends within `probeMs`. */
export async function probeDataCenters(table: Table, parts: ProbeParts): Promise<Map<string, DataCenterReachView>> {
  const reaches = await Promise.all(table.topology.dataCenters.map(({ id }) => reach(table, id, parts)));
  return new Map(reaches.map((view) => [view.dataCenter, view]));
}

async function reach(table: Table, dataCenter: string, parts: ProbeParts): Promise<DataCenterReachView> {
  const own = parts.edges.edges.filter(({ record }) => record.dataCenter === dataCenter);
  const states = own.map((edge) => gatewayState(edge, parts.aliveMs));
  const alive = states.filter((state) => state === 'alive').length;
  const gatewaysSay = alive > 0 ? true : states.includes('new') || own.length === 0 ? null : false;
  const gate = await askGate(table, dataCenter, parts);
  return {
    dataCenter,
    answers: verdict(gatewaysSay, gate === null ? null : gate.answers),
    gateways: { alive, known: own.length },
    gate,
  };
}

function verdict(gateways: boolean | null, gate: boolean | null): DataCenterReachView['answers'] {
  if (gateways === null && gate === null) return 'unknown';
  const [one, other] = [gateways ?? gate, gate ?? gateways];
  if (one !== other) return 'partly';
  return one === true ? 'yes' : 'no';
}

/** Any answer counts, a refusal too. The question is about one shard at its own epoch, so it changes nothing. */
async function askGate(
  { topology, shards, incarnation }: Table,
  dataCenter: string,
  { gates, clock, probeMs, swallowed }: ProbeParts,
): Promise<DataCenterReachView['gate']> {
  const gate = gates.gateOf(dataCenter);
  if (gate === null) return null;
  const shard = stillShard(shards);
  const scope = { incarnation, epoch: shards.epoch[shard] as Epoch, shards: [shardName(topology.shardRule, shard)] };
  const from = clock.monotonicMs();
  const view = (answers: boolean, detail: string) => {
    return { answers, detail, ms: Math.round(clock.monotonicMs() - from) };
  };
  const late = (): Error => new Error(`no answer within ${probeMs} ms (operations.probeMs)`);
  const lateAt = swallowed.get(dataCenter);
  if (lateAt !== undefined && from < lateAt + REMEMBERED * probeMs) return view(false, late().message);
  swallowed.delete(dataCenter);
  try {
    const result = await withinLimit(clock, probeMs, gate.lag(scope), late);
    return result.kind === 'unknown' ? view(false, result.detail) : view(true, '');
  } catch (error) {
    swallowed.set(dataCenter, clock.monotonicMs());
    return view(false, (error as Error).message);
  }
}

/** One that is not on the move: a question at the epoch of a freeze would raise the fence before the writes in flight have ended. */
function stillShard({ length, operation }: Table['shards']): ShardId {
  for (let shard = 0; shard < length; shard += 1) if (!operation.has(shard)) return shard as ShardId;
  return 0 as ShardId;
}

/** Data centers where nothing can go: their gateways are all silent, or their gate is. */
export function unavailable(reaches: ReadonlyMap<string, DataCenterReachView>): Set<string> {
  const gone = [...reaches.values()].filter(({ gateways, gate, answers }) => {
    const isGateSilent = gate !== null && !gate.answers;
    return answers === 'no' || isGateSilent || (answers === 'partly' && gateways.alive === 0 && gateways.known > 0);
  });
  return new Set(gone.map(({ dataCenter }) => dataCenter));
}
