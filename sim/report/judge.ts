import { parseShards } from '../../src/control/operations/shard-runs.ts';
import { eachShard } from '../../src/core/operation/runs.ts';
import type { ShardRule } from '../../src/core/topology-document.ts';
import type { Claim, Scenario } from '../scenario/scenario.ts';
import type { DrillRecord, RequestSample, Sample, StatementsResult } from './drill-record.ts';
import { latency, longestPause, recoveredMs } from './request-figures.ts';

/** Whether something held, in words that stand alone. */
export interface Verdict {
  readonly claim: string;
  readonly limit: string;
  readonly seen: string;
  readonly holds: boolean;
}

/** As a terminal shows it: `BROKEN failed requests, all users: 3 of 400 (≤ 0)`. */
export function verdictLine(mark: string, { claim, seen, limit }: Verdict): string {
  return `${mark} ${claim}: ${seen} (${limit})`;
}

/** Judges a record by its scenario: every claim, and what always must hold. Pure; the same for both engines. */
export function judge(scenario: Scenario, rule: ShardRule, record: DrillRecord): readonly Verdict[] {
  const scene = { scenario, rule, record, allowanceMs: allowanceOf(scenario, record) };
  const statements = record.statements === undefined ? [] : [judgeStatements(record.statements)];
  return [...statements, ...scenario.must.map((claim) => judgeClaim(claim, scene)), ...always(record)];
}

/** What a live drill gets on top of each limit of time, ms: its machine does other things, too. */
export function allowanceOf({ live }: Scenario, { engine }: DrillRecord): number {
  return engine.kind === 'live' && live.kind !== 'no' ? live.allowanceMs : 0;
}

interface Scene {
  readonly scenario: Scenario;
  readonly rule: ShardRule;
  readonly record: DrillRecord;
  readonly allowanceMs: number;
}

function judgeClaim(claim: Claim, scene: Scene): Verdict {
  switch (claim.kind) {
    case 'failed':
    case 'failedShare':
      return judgeFailures(claim, scene);
    case 'pause':
      return within(
        `pause of writes, ${groupWords(claim.group)}`,
        longestPause(of(claim.group, scene)),
        claim.mostMs,
        scene,
      );
    case 'recovered':
      return judgeRecovery(claim, scene);
    case 'latency':
      return within(
        `latency p${claim.percentile}, ${groupWords(claim.group)}`,
        latency(of(claim.group, scene), claim.percentile),
        claim.mostMs,
        scene,
      );
    case 'lost': {
      const { length } = scene.record.books.lost;
      return {
        claim: 'acknowledged writes lost (RPO)',
        limit: `≤ ${claim.most}`,
        seen: `${length}`,
        holds: length <= claim.most,
      };
    }
    case 'operation':
      return judgeOperation(claim, scene.record.samples);
    case 'converged':
      return judgeConvergence(claim.mostMs, scene);
    case 'owner':
      return judgeOwner(claim, scene);
  }
}

function judgeFailures(claim: Extract<Claim, { kind: 'failed' | 'failedShare' }>, scene: Scene): Verdict {
  const requests = of(claim.group, scene);
  const failed = requests.filter(({ outcome }) => outcome === 'failed').length;
  const name = `failed requests, ${groupWords(claim.group)}`;
  if (claim.kind === 'failed') {
    const holds = failed <= claim.most && requests.length > 0;
    return { claim: name, limit: `≤ ${claim.most}`, seen: `${failed} of ${requests.length}`, holds };
  }
  const share = requests.length === 0 ? 1 : failed / requests.length;
  const seen = `${percent(share)} (${failed} of ${requests.length})`;
  return { claim: name, limit: `≤ ${percent(claim.most)}`, seen, holds: share <= claim.most };
}

function judgeRecovery(claim: Extract<Claim, { kind: 'recovered' }>, scene: Scene): Verdict {
  const faults = scene.record.samples.filter((sample) => sample.kind === 'fault');
  const wanted = faults.filter(({ isEnd }) => isEnd === (claim.since === 'mend'));
  const from = claim.since === 'mend' ? wanted.at(-1) : wanted[0];
  const since = claim.since === 'mend' ? 'after the last fault ended' : 'after the first fault';
  const name = `served again for good (RTO) ${since}, ${groupWords(claim.group)}`;
  if (from === undefined)
    return { claim: name, limit: limitOf(claim.mostMs, scene), seen: 'there was none', holds: false };
  return within(name, recoveredMs(of(claim.group, scene), from.atMs), claim.mostMs, scene);
}

/** An emergency is done when its shards are served again: that a lost copy follows may take days and stops nobody. */
function judgeOperation(
  { operation, outcome }: Extract<Claim, { kind: 'operation' }>,
  samples: readonly Sample[],
): Verdict {
  const own = samples.filter(
    (sample) => (sample.kind === 'operationEnd' || sample.kind === 'step') && sample.operation === operation,
  );
  const end = own.find((sample) => sample.kind === 'operationEnd');
  const isReleased = own.some((sample) => sample.kind === 'step' && sample.step === 'follow');
  const seen =
    end?.kind === 'operationEnd'
      ? end.outcome
      : isReleased
        ? 'done (released)'
        : own.length > 0
          ? 'under way'
          : 'not begun';
  return { claim: `operation ${operation}`, limit: outcome, seen, holds: seen.split(' ')[0] === outcome };
}

function judgeConvergence(mostMs: number, scene: Scene): Verdict {
  const { convergedMs, loadEndedMs, missing } = scene.record;
  const name = 'one table, all shards active, nothing held, after the load';
  if (convergedMs !== null) return within(name, Math.max(0, convergedMs - loadEndedMs), mostMs, scene);
  return {
    claim: name,
    limit: limitOf(mostMs, scene),
    seen: `not at all: ${missing.slice(0, 3).join('; ')}`,
    holds: false,
  };
}

function judgeOwner({ shards, units }: Extract<Claim, { kind: 'owner' }>, { rule, record }: Scene): Verdict {
  const owners = new Map(
    record.owners.flatMap(({ shards: runs, unit }) =>
      [...eachShard(parseShards(rule, runs))].map((shard) => [shard, unit] as const),
    ),
  );
  const seen = [
    ...new Set([...eachShard(parseShards(rule, shards))].map((shard) => owners.get(shard) ?? 'nobody')),
  ].sort();
  const holds = seen.every((unit) => units.includes(unit));
  return { claim: `owner of shards ${shards} at the end`, limit: units.join(' or '), seen: seen.join(', '), holds };
}

/** What every drill claims. */
function always({ books, samples, broken }: DrillRecord): readonly Verdict[] {
  const wrong = [...books.wrong, ...books.unbalanced];
  const commands = samples.filter((sample) => sample.kind === 'command');
  const unexpected = commands.filter(({ asExpected }) => !asExpected);
  const told = `${books.acknowledged} entries acknowledged, ${books.accounts} accounts`;
  return [
    {
      claim: 'the ledger’s books balance: each acknowledged entry once, balances are sums',
      limit: 'all',
      seen:
        wrong.length + books.lost.length === 0 ? told : `${told}; ${[...books.lost, ...wrong].slice(0, 3).join('; ')}`,
      holds: wrong.length + books.lost.length === 0 && books.acknowledged > 0,
    },
    {
      claim: 'operators’ commands ended as expected',
      limit: 'all',
      seen:
        unexpected.length === 0
          ? `${commands.length} of ${commands.length}`
          : unexpected.map(({ text, outcome }) => `${text}: ${outcome}`).join('; '),
      holds: unexpected.length === 0,
    },
    { claim: 'the drill was carried out as written', limit: 'all', seen: broken ?? 'yes', holds: broken === null },
  ];
}

/** A virtual drill sees inside of every process; a live one claims the same, and can look at the outside only. */
function judgeStatements({ checked, violated }: StatementsResult): Verdict {
  const claim = 'the statements of docs/ownership-protocol.md hold at each instant';
  const seen =
    violated === null
      ? `${checked} checkers`
      : `${violated.sentence} Broken at ${duration(violated.atMs)}: ${violated.detail}`;
  return { claim, limit: 'all', seen, holds: violated === null };
}

function of(group: string, { record }: Scene): RequestSample[] {
  return record.samples
    .filter((sample) => sample.kind === 'request')
    .filter((request) => group === 'all' || request.group === group);
}

function within(claim: string, ms: number | null, mostMs: number, scene: Scene): Verdict {
  const holds = ms !== null && ms <= mostMs + scene.allowanceMs;
  return { claim, limit: limitOf(mostMs, scene), seen: ms === null ? 'never' : duration(ms), holds };
}

function limitOf(mostMs: number, { allowanceMs }: Scene): string {
  return `≤ ${duration(mostMs + allowanceMs)}`;
}

/** `240 ms`, `3.4 s`, `62 min`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(ms < 9_950 ? 2 : 1)} s`;
  return `${(ms / 60_000).toFixed(1)} min`;
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}

function groupWords(group: string): string {
  return group === 'all' ? 'all users' : `users “${group}”`;
}
