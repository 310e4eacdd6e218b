/**
 * Branded types: a value gets its brand where it enters (ruleset, store, socket) and is trusted from there on.
 * The words are those of docs/words.md; use these and no others.
 */
declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Index of a shard, 0 ≤ shard < shardCount for R shards; the one global shard `G` has index shardCount. */
export type ShardId = Brand<number, 'ShardId'>;
export type RealmId = Brand<string, 'RealmId'>;
export type CityId = Brand<string, 'CityId'>;
export type DataCenterId = Brand<string, 'DataCenterId'>;
export type UnitId = Brand<string, 'UnitId'>;
export type CellId = Brand<string, 'CellId'>;
/** Name of one process in the records: `gateway-hz-a-1`. */
export type NodeId = Brand<string, 'NodeId'>;
/** New at each start of a process: two processes under one name never share a record. */
export type BootId = Brand<string, 'BootId'>;
/** One life of the store's data; a restored or re-created store has another. */
export type Incarnation = Brand<string, 'Incarnation'>;
/** A number that only grows; a safe integer ≥ 1, 0 means "none yet". */
export type Epoch = Brand<number, 'Epoch'>;
/** An instant of a process's monotonic clock, in milliseconds; means nothing in another process. */
export type MonotonicMs = Brand<number, 'MonotonicMs'>;
