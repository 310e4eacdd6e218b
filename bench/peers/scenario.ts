import type { DoorKind } from './peer.ts';
import type { LoadShape } from './wrk-load.ts';

export interface Scenario {
  /** Of the command line. */
  readonly name: string;
  readonly title: string;
  readonly kind: DoorKind;
  readonly shape: LoadShape;
}

const ONE_HOP: DoorKind = { isLogged: true, isTls: false, isTwoHops: false };
const GET: LoadShape = { method: 'GET', path: '/', bodyBytes: 0, shards: [0, 79], connections: 64 };

/** Closed loops: processor time a request, throughput. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'get-64', title: 'small GET, 64 connections', kind: ONE_HOP, shape: GET },
  { name: 'get-16', title: 'small GET, 16 connections', kind: ONE_HOP, shape: { ...GET, connections: 16 } },
  { name: 'get-256', title: 'small GET, 256 connections', kind: ONE_HOP, shape: { ...GET, connections: 256 } },
  {
    name: 'bare-64',
    title: 'small GET, 64 connections, no access log, no request ID',
    kind: { ...ONE_HOP, isLogged: false },
    shape: GET,
  },
  {
    name: 'post-64',
    title: 'POST of 1 KiB, 64 connections',
    kind: ONE_HOP,
    shape: { ...GET, method: 'POST', bodyBytes: 1024 },
  },
  { name: 'long-64', title: 'answer of 64 KiB, 64 connections', kind: ONE_HOP, shape: { ...GET, path: '/64k' } },
  { name: 'tls-64', title: 'small GET over TLS, 64 connections', kind: { ...ONE_HOP, isTls: true }, shape: GET },
  {
    name: 'two-hops-64',
    title: 'small GET over two hops (mutual TLS between), 64 connections',
    kind: { ...ONE_HOP, isTwoHops: true },
    shape: { ...GET, shards: [80, 99] },
  },
];

/** Open loops: latency at a fixed rate. */
export interface RateScenario {
  readonly name: string;
  readonly title: string;
  readonly kind: DoorKind;
  readonly perSecond: number;
  readonly connections: number;
  readonly shards: readonly [number, number];
}

export const RATE_SCENARIOS: readonly RateScenario[] = [
  {
    name: 'rate-1000',
    title: 'small GET, 1,000 requests/s',
    kind: ONE_HOP,
    perSecond: 1_000,
    connections: 64,
    shards: [0, 79],
  },
  {
    name: 'rate-3000',
    title: 'small GET, 3,000 requests/s',
    kind: ONE_HOP,
    perSecond: 3_000,
    connections: 64,
    shards: [0, 79],
  },
];

/** A user of each unit that a scenario's requests reach, with the unit. */
export function usersOf([first, last]: readonly [number, number]): Readonly<Record<string, string>> {
  const units = [
    ['RZ01', 7],
    ['RZ02', 77],
    ['RZ03', 90],
  ] as const;
  const reached = units.filter(([, shard]) => shard >= first && shard <= last);
  return Object.fromEntries(reached.map(([unit, shard]) => [`100000${String(shard).padStart(2, '0')}`, unit]));
}
