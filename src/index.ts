/**
 * What other programs may import: the pure routing core, the ruleset's parser, and the store's port. Applications and
 * databases compute the shard of a user with the very function that the gateway uses. All of it is free of I/O.
 */
export { acceptTable } from './core/accept-table.ts';
export type { Clock, Random, Timer } from './core/clock.ts';
export * from './core/decide.ts';
export type * from './core/ids.ts';
export { GLOBAL_SHARD_NAME, parseShardName, shardName, shardRanges } from './core/shard-name.ts';
export { NO_SHARD, shardCount, shardOf, shardRuleInWords, USER_ID_MAX_LENGTH } from './core/shard-rule.ts';
export { firstTable, makeTable, shardsAwayFromHome, type Table, type TableParts } from './core/table.ts';
export { type Cell, type DataCenter, indexTopology, NONE, type Topology, type Unit } from './core/topology.ts';
export type * from './core/topology-document.ts';
export { CodedError, ERRORS, type ErrorCode, type ErrorSpec } from './errors.ts';
export { diffTopologies, type TopologyDiff } from './ruleset/diff-topologies.ts';
export type { Mistake, Path, Position } from './ruleset/mistake.ts';
export { type ParsedRuleset, parseRuleset } from './ruleset/parse-ruleset.ts';
export { RULESET_SCHEMA } from './ruleset/ruleset-schema.ts';
export type * from './store/coord-store.ts';
