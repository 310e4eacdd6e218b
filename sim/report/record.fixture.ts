import type { DrillRecord, RequestSample, Sample } from './drill-record.ts';

type Request = Partial<RequestSample> & { readonly atMs: number };

export function request(given: Request): RequestSample {
  return {
    kind: 'request',
    dataCenter: 'hz-a',
    group: 'some',
    isWrite: true,
    outcome: 'served',
    latencyMs: 10,
    retries: 0,
    detail: given.outcome === 'failed' ? '503 STORE_LOST' : '',
    ...given,
  };
}

/** Writes at these instants. */
export function writes(atMs: readonly number[], given: Partial<RequestSample> = {}): RequestSample[] {
  return atMs.map((at) => request({ ...given, atMs: at }));
}

/** A record in which all is well, but for what is given. */
export function recordOf(samples: readonly Sample[], given: Partial<DrillRecord> = {}): DrillRecord {
  return {
    format: 1,
    scenario: 'data-center-lost',
    engine: {
      kind: 'virtual',
      commit: 'abc',
      version: '1.0.0',
      seed: 7,
      machine: 'Node 26',
      startedAt: 1_800_000_000_000,
      factor: 1,
    },
    samples,
    loadEndedMs: 10_000,
    convergedMs: 10_100,
    missing: [],
    books: { acknowledged: 10, unknown: 0, lost: [], wrong: [], unbalanced: [], accounts: 2 },
    owners: [
      { shards: '00-79', unit: 'RZ02', dataCenter: 'hz-b' },
      { shards: '80-99', unit: 'RZ01', dataCenter: 'hz-a' },
    ],
    broken: null,
    ...given,
  };
}
