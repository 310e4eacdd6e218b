export interface SafetySettings {
  /** Percent of a unit's capacity that stays free after an operation. */
  readonly headRoomPercent: number;
  /** Most shards that move at once, those of other operations included. */
  readonly movingShards: number;
  /** Least time between two operations on one shard. */
  readonly quietMs: number;
  /** The switch of `ldc freeze-all`: no operation begins. */
  readonly isForbidden: boolean;
}

export const SAFETY_RULES = [
  'operations-allowed',
  'one-operation-per-shard',
  'every-shard-placed',
  'global-unit-alive',
  'capacity-head-room',
  'moving-shards',
  'quiet-time',
] as const;
export type SafetyRule = (typeof SAFETY_RULES)[number];

export interface SafetyVerdict {
  readonly rule: SafetyRule;
  readonly verdict: 'satisfied' | 'overridden' | 'refused';
  readonly seen: string;
  readonly limit: string;
  /** Name of the setting; null: the rule has none. */
  readonly setting: string | null;
  /** What would satisfy it; empty if it is. */
  readonly next: string;
}
