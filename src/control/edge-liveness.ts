import type { MonotonicMs } from '../core/ids.ts';
import type { StoreEntry } from '../store/coord-store.ts';
import type { EdgeRecord } from '../store/records/node-record.ts';
import type { BadRecordView, GatewayState } from './api-types.ts';
import { readEdge } from './edge-record-check.ts';

/** A gateway as its record shows it, and for how long we watched the record stand still. */
export interface WatchedEdge {
  readonly key: string;
  readonly version: string;
  /** What `record` was read from: one that did not change is not read again. */
  readonly text: string;
  readonly record: EdgeRecord;
  /** Watched time since `beat` last changed. */
  readonly silentMs: number;
  /** Whether a change was seen: a record that lay there when we began to look proves nothing yet. */
  readonly hasBeaten: boolean;
}

export interface EdgeObservation {
  /** In order of key. */
  readonly edges: readonly WatchedEdge[];
  readonly bad: readonly BadRecordView[];
  /** When the reading was asked for; null before the first. */
  readonly readAt: MonotonicMs | null;
}

export const NOTHING_OBSERVED: EdgeObservation = { edges: [], bad: [], readAt: null };

/** Most bad records that are listed. */
const BAD_LISTED = 100;

/**
 * Folds one reading of `edges/` into what is known. Liveness is "changed within N s on the reader's own clock", and only
 * watched time counts: between two readings at most `maxGapMs`. So an outage of the store, in which no gateway can
 * renew and nobody can look, makes no gateway silent.
 */
export function observeEdges(
  before: EdgeObservation,
  entries: readonly StoreEntry[],
  now: MonotonicMs,
  maxGapMs: number,
): EdgeObservation {
  const known = new Map(before.edges.map((edge) => [edge.key, edge]));
  const gapMs = before.readAt === null ? 0 : Math.min(Math.max(0, now - before.readAt), maxGapMs);
  const edges: WatchedEdge[] = [];
  const bad: BadRecordView[] = [];
  for (const { key, value, version } of entries) {
    const last = known.get(key);
    const record = last?.text === value ? last.record : tryRead(key, value);
    if (typeof record === 'string') {
      if (bad.length < BAD_LISTED) bad.push({ key, reason: record });
      if (last !== undefined) edges.push({ ...last, silentMs: last.silentMs + gapMs });
    } else if (last === undefined) {
      edges.push({ key, version, text: value, record, silentMs: 0, hasBeaten: before.readAt !== null });
    } else if (last.record.beat === record.beat) {
      edges.push({ ...last, version, text: value, record, silentMs: last.silentMs + gapMs });
    } else {
      edges.push({ key, version, text: value, record, silentMs: 0, hasBeaten: true });
    }
  }
  return { edges, bad, readAt: now };
}

export function gatewayState(edge: WatchedEdge, aliveMs: number): GatewayState {
  if (edge.silentMs > aliveMs) return 'silent';
  return edge.hasBeaten ? 'alive' : 'new';
}

/** The record, or why it cannot be used. */
function tryRead(key: string, value: string): EdgeRecord | string {
  try {
    return readEdge(key, value);
  } catch (error) {
    return (error as Error).message;
  }
}
