/** Bounds on what the parser takes; a ruleset may come over the network, so nothing about it is trusted. */
export interface RulesetLimits {
  /** Longest text in bytes of UTF-8. The YAML parser needs some seconds for the worst text of a MiB. */
  readonly maxBytes: number;
  /** Most values after aliases were followed: a few lines of aliases can mean a billion values. */
  readonly maxValues: number;
  /** Deepest nesting; a ruleset needs eight levels. */
  readonly maxDepth: number;
  /** Most mistakes told at once. */
  readonly maxMistakes: number;
}

export const DEFAULT_RULESET_LIMITS: RulesetLimits = {
  maxBytes: 524_288,
  maxValues: 200_000,
  maxDepth: 16,
  maxMistakes: 100,
};
