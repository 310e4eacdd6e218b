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

export function every(stepMs: number, fromMs: number, toMs: number): number[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / stepMs) }, (_, index) => fromMs + index * stepMs);
}

const EVENTS: readonly Sample[] = [
  { kind: 'fault', atMs: 2_000, what: 'kill dc sz-a with its disks', isEnd: false },
  {
    kind: 'command',
    atMs: 3_000,
    endedMs: 9_000,
    text: 'ldc failover dc sz-a --emergency --accept-data-loss',
    outcome: 'done',
    expected: 'done',
    asExpected: true,
  },
  ...['check', 'drain', 'choose', 'acknowledge', 'promote', 'follow'].map((step, index): Sample => {
    return { kind: 'step', atMs: 3_100 + index * 400, operation: 1, operationKind: 'emergency', step, detail: '' };
  }),
  ...[3, 4, 5].map((epoch): Sample => ({ kind: 'epoch', atMs: epoch * 1_000, process: 'gateway-hz-a-1', epoch })),
];

/** Two groups through two doors; one has failures from 2 s on and held requests from 3.5 s to 5.1 s. */
export const LOSS: readonly Sample[] = [
  ...writes(every(50, 0, 10_000), { group: 'others', dataCenter: 'sh-a' }),
  ...writes(every(50, 0, 2_000), { group: 'lost', dataCenter: 'sz-a' }),
  ...writes(every(50, 2_000, 3_500), { group: 'lost', dataCenter: 'sh-a', outcome: 'failed', detail: '503 <b>' }),
  ...writes(every(50, 3_500, 5_100), { group: 'lost', dataCenter: 'sh-a', outcome: 'held', latencyMs: 1_000 }),
  ...writes(every(50, 5_100, 10_000), { group: 'lost', dataCenter: 'sh-a' }),
  ...EVENTS,
];
