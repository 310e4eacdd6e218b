/** A scenario document after its schema was checked and defaults were filled in. */
export interface ScenarioValue {
  readonly title: string;
  readonly story: string;
  readonly topology?: TopologyValue;
  readonly load: readonly LoadValue[];
  readonly clients?: { readonly timeoutMs: number; readonly retries: number; readonly retryMs: number };
  readonly timeline: readonly EntryValue[];
  readonly durationMs: number;
  readonly settleMs: number;
  readonly must: readonly ClaimValue[];
  readonly live?: LiveValue;
}

export interface TopologyValue {
  readonly rules?: string;
  readonly store?: { readonly kind: 'embedded' | 'etcd'; readonly members?: readonly string[] };
  readonly controls: number;
  readonly gatewaysPerDataCenter: number;
  readonly guardHorizonMs: number;
  readonly acknowledge: 'local' | 'same-city' | 'remote';
  readonly readsFormats?: readonly number[];
}

export interface LoadValue {
  readonly group: string;
  readonly shards: string;
  readonly through?: readonly string[];
  readonly writesPerSecond: number;
  readonly readsPerSecond: number;
  readonly fromMs: number;
  readonly untilMs?: number;
}

export interface LinkValue {
  readonly from: string;
  readonly to: string;
}

export interface EntryValue {
  readonly atMs?: number;
  readonly onStep?: { readonly operation: number; readonly step: string; readonly afterMs: number };
  readonly kill?: string;
  readonly losesDirectory: boolean;
  readonly restart?: string;
  readonly pause?: string;
  readonly resume?: string;
  readonly cut?: LinkValue;
  readonly oneWay: boolean;
  readonly slow?: LinkValue;
  readonly delayMs?: number;
  readonly flap?: LinkValue;
  readonly downMs?: number;
  readonly upMs?: number;
  readonly mend?: LinkValue;
  readonly jump?: string;
  readonly byMs?: number;
  readonly upgrade?: string;
  readonly readsFormats?: readonly number[];
  readonly operate?: string;
  readonly expect: 'done' | 'aborted' | 'refused' | 'any';
  readonly forMs?: number;
}

interface LimitValue {
  readonly group: string;
  readonly most: number;
}

interface TimeLimitValue {
  readonly group: string;
  readonly mostMs: number;
}

export interface ClaimValue {
  readonly failed?: LimitValue;
  readonly failedShare?: LimitValue;
  readonly pause?: TimeLimitValue;
  readonly recovered?: TimeLimitValue & { readonly since: 'fault' | 'mend' };
  readonly latency?: TimeLimitValue & { readonly percentile: number };
  readonly lost?: { readonly most: number };
  readonly operation?: { readonly number: number; readonly outcome: 'done' | 'aborted' };
  readonly converged?: { readonly mostMs: number };
  readonly owner?: { readonly shards: string; readonly units: readonly string[] };
}

export interface LiveValue {
  readonly possible: boolean;
  readonly factor?: number;
  readonly because?: string;
  readonly allowanceMs: number;
}
