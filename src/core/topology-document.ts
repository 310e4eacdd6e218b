/**
 * The topology as it stands in the store's record `topology` and as the ruleset parser makes it: plain JSON, names
 * instead of indices, every default filled in. `indexTopology` (core/topology.ts) turns it into what look-ups need.
 */

/** How a user ID becomes a shard; see core/shard-rule.ts for the published definitions. */
export type ShardRule =
  | { readonly name: 'digits/1'; readonly digits: 1 | 2 | 3 | 4; readonly fromEnd: number }
  | { readonly name: 'hash/1'; readonly shards: number };

export interface TopologyDocument {
  readonly format: 1;
  readonly realm: string;
  readonly shardRule: ShardRule;
  /** What the ruleset was checked to survive; a topology without it was checked for both. */
  readonly survive?: 'dataCenter' | 'city';
  readonly trust: TrustDocument;
  readonly cities: readonly CityDocument[];
  readonly units: readonly UnitDocument[];
  readonly routes: readonly RouteDocument[];
}

export interface TrustDocument {
  /** CIDR blocks whose Forwarded/X-Forwarded-* are believed. */
  readonly proxies: readonly string[];
  /** Whose identity headers count: `trusted` proxies only, or `any` client. */
  readonly identityHeaders: 'trusted' | 'any';
}

export interface CityDocument {
  readonly id: string;
  readonly dataCenters: readonly string[];
}

export interface UnitDocument {
  readonly id: string;
  readonly kind: 'R' | 'G' | 'C';
  /** Inclusive ranges of shard indices whose home this is (R only); for the G unit that is home of `G`, `globalHome`. */
  readonly home: readonly (readonly [from: number, to: number])[];
  readonly globalHome: boolean;
  /** Data center whose copy takes writes; null for C. */
  readonly primary: string | null;
  readonly cells: readonly CellDocument[];
  /** Units (same kind) that can take over, in order of preference. */
  readonly remoteTargets: readonly string[];
  /** Number of shards that the unit can serve at once; null: not limited (G, C). */
  readonly capacity: number | null;
  readonly storeLost: 'fence' | 'serve';
}

export interface CellDocument {
  readonly id: string;
  readonly dataCenter: string;
  /** 0–100; the weights of a unit's cells add up to 100 (R and G; C cells are chosen by nearness). */
  readonly weight: number;
  /** `host:port`, `[ipv6]:port`, or `dns:name:port` (resolved again and again). Others register by heartbeat. */
  readonly instances: readonly string[];
  readonly tls: CellTlsDocument | null;
  readonly health: HealthDocument;
  /** Most requests in flight to the cell from one gateway. */
  readonly maxConcurrent: number;
}

/** TLS towards instances: always verified. */
export interface CellTlsDocument {
  /** Name that the certificate must have; null: the instance's host. */
  readonly serverName: string | null;
  /** PEM of the accepted authorities; null: the system's. */
  readonly ca: string | null;
}

export interface HealthDocument {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Consecutive failures until unhealthy, successes until healthy again. */
  readonly unhealthyAfter: number;
  readonly healthyAfter: number;
}

export interface RouteDocument {
  readonly name: string;
  /** First match in order wins. `hosts` empty: any; `*.example.com` matches one or more labels. */
  readonly hosts: readonly string[];
  /** `/exact`, or `/prefix/*` (matches `/prefix` and everything below it); `/*` matches all. */
  readonly path: string;
  /** Empty: any method. */
  readonly methods: readonly string[];
  readonly kind: 'R' | 'G' | 'C';
  readonly identity: readonly IdentitySource[];
  readonly onMissing: MissPolicy;
  /** The session store or key set is slow or down, and no other source named the user. */
  readonly onUnavailable: 'reject' | 'missing';
  /** Reads follow the rules of writes. */
  readonly strict: boolean;
  /** The application honours Idempotency-Key: a request that carries one may be sent again after UNKNOWN. */
  readonly idempotencyKey: boolean;
  /** 0 is shed last. */
  readonly priority: number;
  readonly limits: { readonly bodyBytes: number };
  readonly timeouts: RouteTimeouts;
  readonly hold: { readonly maxRequests: number; readonly maxBytes: number; readonly maxMs: number };
}

export interface RouteTimeouts {
  readonly identityMs: number;
  readonly connectMs: number;
  readonly responseHeadMs: number;
  readonly bodyIdleMs: number;
  /** Whole request, 0: not limited (long polls, SSE); upgrades are never limited by it. */
  readonly requestMs: number;
}

export type IdentitySource =
  | { readonly type: 'header'; readonly name: string }
  | { readonly type: 'cookie'; readonly name: string }
  | { readonly type: 'query'; readonly name: string }
  /** 0 is the segment after the first slash. */
  | { readonly type: 'path'; readonly segment: number }
  /** `Bearer` token of Authorization (or of a cookie), verified with the key set that the gateway has for the issuer. */
  | {
      readonly type: 'jwt';
      readonly claim: string;
      readonly issuer: string;
      readonly audience: string | null;
      readonly cookie: string | null;
    }
  /** Cookie value → `GET <prefix><value>` in Redis → user ID. */
  | { readonly type: 'session'; readonly cookie: string; readonly prefix: string };

export type MissPolicy =
  | { readonly type: 'reject' }
  /** Served by the global unit. */
  | { readonly type: 'global' }
  /** Given a shard owned in the edge's own data center, by the client's address. */
  | { readonly type: 'local' }
  /** Given a shard by hash/1 of another key. */
  | { readonly type: 'hash'; readonly source: IdentitySource };

/** A runtime change of a unit's cell weights. */
export interface OverrideDocument {
  readonly unit: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly author: string;
  readonly reason: string;
  /** Wall-clock ms since 1970 at which control removes it; null: until removed by hand. */
  readonly expiresAt: number | null;
}
