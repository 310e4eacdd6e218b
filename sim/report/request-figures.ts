import type { RequestSample } from './drill-record.ts';

/** What became of some requests. Times in ms; null: there was nothing to measure. */
export interface RequestFigures {
  readonly sent: number;
  readonly served: number;
  readonly held: number;
  readonly failed: number;
  /** Of those answered well, with their waiting. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly mostMs: number | null;
  /** Longest time in which writes were sent and none was answered well. */
  readonly pauseMs: number | null;
  /** When that time began. */
  readonly pauseFromMs: number | null;
}

export function requestFigures(requests: readonly RequestSample[]): RequestFigures {
  const count = (outcome: RequestSample['outcome']): number =>
    requests.filter((request) => request.outcome === outcome).length;
  return {
    sent: requests.length,
    served: count('served'),
    held: count('held'),
    failed: count('failed'),
    p50Ms: latency(requests, 50),
    p99Ms: latency(requests, 99),
    mostMs: latency(requests, 100),
    pauseMs: longestPause(requests),
    pauseFromMs: pauseOf(requests)?.fromMs ?? null,
  };
}

/** Nearest-rank percentile of the latency of what was answered well; null: nothing was. */
export function latency(requests: readonly RequestSample[], percentile: number): number | null {
  const sorted = requests
    .filter(isGood)
    .map(({ latencyMs }) => latencyMs)
    .sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)] ?? null;
}

/** From the first write to the last: the longest time between good answers. null: no write was sent. */
export function longestPause(requests: readonly RequestSample[]): number | null {
  return pauseOf(requests)?.lengthMs ?? null;
}

interface Pause {
  readonly fromMs: number;
  readonly lengthMs: number;
}

function pauseOf(requests: readonly RequestSample[]): Pause | null {
  const writes = requests.filter(({ isWrite }) => isWrite);
  const [first] = writes;
  if (first === undefined) return null;
  const begin = writes.reduce((least, { atMs }) => Math.min(least, atMs), first.atMs);
  const end = writes.reduce((most, { atMs }) => Math.max(most, atMs), first.atMs);
  const answers = writes
    .filter(isGood)
    .map(endOf)
    .sort((a, b) => a - b);
  let longest: Pause = { fromMs: begin, lengthMs: 0 };
  let last = begin;
  // What was sent after the last good answer got none.
  for (const at of [...answers, end]) {
    if (at - last > longest.lengthMs) longest = { fromMs: last, lengthMs: at - last };
    last = Math.max(last, at);
  }
  return longest;
}

/**
 * When writes were served again and for good: the first good answer to a write that was sent after the last one that failed. 0: none
 * failed since; null: none was served afterwards.
 */
export function recoveredMs(requests: readonly RequestSample[], sinceMs: number): number | null {
  const writes = requests.filter(({ isWrite, atMs, latencyMs }) => isWrite && atMs + latencyMs >= sinceMs);
  const failures = writes.filter(({ outcome }) => outcome === 'failed');
  if (failures.length === 0) return 0;
  const lastMs = failures.reduce((most, { atMs }) => Math.max(most, atMs), Number.NEGATIVE_INFINITY);
  const answers = writes.filter((write) => isGood(write) && write.atMs > lastMs).map(endOf);
  if (answers.length === 0) return null;
  return Math.max(0, answers.reduce((least, at) => Math.min(least, at)) - sinceMs);
}

function isGood({ outcome }: RequestSample): boolean {
  return outcome !== 'failed';
}

function endOf({ atMs, latencyMs }: RequestSample): number {
  return atMs + latencyMs;
}
