import type { Counts, RunCounts } from './run-counts.ts';
import type { SeedResult } from './seed-run.ts';

/** What many seeds amount to. */
export interface RunSummary extends RunCounts {
  readonly seeds: number;
  /** Seeds, in ascending order. */
  readonly violated: readonly number[];
}

export const NOTHING_RUN: RunSummary = {
  seeds: 0,
  violated: [],
  virtualMs: 0,
  turns: 0,
  requests: 0,
  faults: {},
  operations: {},
  answers: {},
};

function add(left: Counts, right: Counts): Counts {
  const sum: Record<string, number> = { ...left };
  for (const [name, count] of Object.entries(right)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

export function addResult(summary: RunSummary, result: SeedResult): RunSummary {
  return {
    seeds: summary.seeds + 1,
    violated:
      result.violation === null
        ? summary.violated
        : [...summary.violated, result.seed].sort((left, right) => left - right),
    virtualMs: summary.virtualMs + result.virtualMs,
    turns: summary.turns + result.turns,
    requests: summary.requests + result.requests,
    faults: add(summary.faults, result.faults),
    operations: add(summary.operations, result.operations),
    answers: add(summary.answers, result.answers),
  };
}

/** By name, so that two summaries can be laid side by side. */
const listed = (counts: Counts): string =>
  Object.entries(counts)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** What a run took on this machine. */
export interface RunCost {
  /** Real time, ms. */
  readonly tookMs: number;
  /** Processor time of all threads, ms. */
  readonly cpuMs: number;
  readonly jobs: number;
  readonly runsPerSeed: number;
}

/** The summary as it is printed; speeds count both runs of a seed that was run twice. */
export function summaryText(summary: RunSummary, { tookMs, cpuMs, jobs, runsPerSeed }: RunCost): string {
  const { seeds, violated, virtualMs, turns, requests, faults, operations, answers } = summary;
  const hours = virtualMs / 3_600_000;
  const speedBy = (ms: number): string => ((virtualMs * runsPerSeed) / Math.max(1, ms)).toFixed(0);
  const times = runsPerSeed === 1 ? 'once each' : 'each twice with the same hash';
  const perSecond = (requests / Math.max(1, virtualMs / 1000)).toFixed(1);
  return [
    `${seeds} seeds, ${times}, ${hours.toFixed(2)} virtual hours in ${(tookMs / 1000).toFixed(1)} s on ${jobs} ${jobs === 1 ? 'thread' : 'threads'}`,
    `speed: ${speedBy(tookMs)} times as fast as time, ${speedBy(cpuMs)} times per core (${(cpuMs / 1000).toFixed(1)} s of processor time)`,
    `${requests} tries of clients (${perSecond} a virtual second), ${turns} events, ${total(faults)} faults`,
    `faults: ${listed(faults)}`,
    `operations: ${listed(operations)}`,
    `answers: ${listed(answers)}`,
    violated.length === 0 ? 'nothing was violated' : `VIOLATED by ${violated.length} seeds: ${violated.join(', ')}`,
    '',
  ].join('\n');
}
