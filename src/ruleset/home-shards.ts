import type { ShardId } from '../core/ids.ts';
import type { ShardRun } from '../core/loss/shard-run.ts';
import { GLOBAL_SHARD_NAME, parseShardName, shardName } from '../core/shard-name.ts';
import { NO_SHARD, shardCount } from '../core/shard-rule.ts';
import type { ShardRule } from '../core/topology-document.ts';
import type { HomeValue } from './ruleset-value.ts';

export interface HomeShards {
  /** In ascending order; they overlap where the text names a shard twice. */
  readonly runs: readonly ShardRun[];
  readonly isGlobal: boolean;
  /** Pieces that are neither a shard nor a range nor `G`. */
  readonly malformed: readonly string[];
}

/** Reads `00-19`, `00-04, 10, 15-19`, a list of these, or `G`. */
export function homeShards(rule: ShardRule, value: HomeValue): HomeShards {
  const pieces = (Array.isArray(value) ? value : [value]).flatMap((part) => String(part).split(','));
  const runs: ShardRun[] = [];
  const malformed: string[] = [];
  let isGlobal = false;
  for (const piece of pieces.map((part) => part.trim())) {
    const run = piece === GLOBAL_SHARD_NAME ? null : parseRun(rule, piece);
    if (piece === GLOBAL_SHARD_NAME) isGlobal = true;
    else if (run === null) malformed.push(piece);
    else runs.push(run);
  }
  runs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return { runs, isGlobal, malformed };
}

function parseRun(rule: ShardRule, piece: string): ShardRun | null {
  const [first = '', last = first, ...more] = piece.split('-');
  const from = shardNumber(rule, first);
  const to = shardNumber(rule, last);
  return more.length > 0 || from === NO_SHARD || to === NO_SHARD || from > to ? null : [from, to];
}

function shardNumber(rule: ShardRule, name: string): ShardId {
  return name === GLOBAL_SHARD_NAME ? NO_SHARD : parseShardName(rule, name);
}

/** What can stand in a home: `shards 00 to 99 as 2 digits, and ranges such as 00-19`. */
export function homeInWords(rule: ShardRule): string {
  const last = shardName(rule, (shardCount(rule) - 1) as ShardId);
  const first = shardName(rule, 0 as ShardId);
  const width = `${last.length} digit${last.length === 1 ? '' : 's'}`;
  return `must be shards ${first} to ${last}, written with ${width}, or ranges such as ${first}-${last}`;
}

/** `00-19, 40`; at most `most` ranges, then how many more. */
export function runsInWords(rule: ShardRule, runs: readonly ShardRun[], most = 8): string {
  const name = (shard: number): string => shardName(rule, shard as ShardId);
  const told = runs.slice(0, most).map(([from, to]) => (from === to ? name(from) : `${name(from)}-${name(to)}`));
  const more = runs.length - told.length;
  return more > 0 ? `${told.join(', ')} and ${more} more ranges` : told.join(', ');
}

/** Joins runs that touch or overlap; input sorted by their beginning. */
export function mergeRuns(runs: readonly ShardRun[]): readonly ShardRun[] {
  const merged: [number, number][] = [];
  for (const [from, to] of runs) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
