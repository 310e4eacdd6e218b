import type { HealthDocument, RouteTimeouts } from '../core/topology-document.ts';

/** A ruleset as the schema lets it pass, defaults filled in: what YAML says, before names are looked up. */
export interface RulesetValue {
  readonly realm: string;
  readonly shards?: { readonly digits?: number; readonly fromEnd?: number; readonly hash?: number };
  readonly survive: 'dataCenter' | 'city';
  readonly trust: { readonly proxies: readonly string[]; readonly identityHeaders: 'trusted' | 'any' };
  readonly cities: Readonly<Record<string, readonly string[]>>;
  readonly units: Readonly<Record<string, UnitValue>>;
  readonly routes: readonly RouteValue[];
}

export type HomeValue = string | number | readonly (string | number)[];

export interface UnitValue {
  readonly kind: 'R' | 'G' | 'C';
  readonly home?: HomeValue;
  readonly primary?: string;
  readonly cells: Readonly<Record<string, CellValue>>;
  readonly remoteTargets: readonly string[];
  readonly capacity?: number;
  readonly storeLost: 'fence' | 'serve';
}

export interface CellValue {
  readonly dataCenter: string;
  readonly weight?: number;
  readonly instances: readonly string[];
  readonly tls?: { readonly serverName?: string; readonly ca?: string };
  readonly health: HealthDocument;
  readonly maxConcurrent: number;
}

/** Exactly one of these. */
export interface SourceValue {
  readonly header?: string;
  readonly cookie?: string;
  readonly query?: string;
  readonly path?: number;
  readonly jwt?: {
    readonly claim: string;
    readonly issuer: string;
    readonly audience?: string;
    readonly cookie?: string;
  };
  readonly session?: { readonly cookie: string; readonly prefix: string };
}

export interface RouteValue {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly path: string;
  readonly methods: readonly string[];
  readonly kind: 'R' | 'G' | 'C';
  readonly identity: readonly SourceValue[];
  readonly onMissing: 'reject' | 'global' | 'local' | { readonly hash: SourceValue };
  readonly onUnavailable: 'reject' | 'missing';
  readonly strict: boolean;
  readonly idempotencyKey: boolean;
  readonly priority: number;
  readonly limits: { readonly bodyBytes: number };
  readonly timeouts: RouteTimeouts;
  readonly hold: { readonly maxRequests: number; readonly maxBytes: number; readonly maxMs: number };
}
