import type { ShardId } from '../ids.ts';
import type { Move } from '../operation/operation.ts';
import { eachShard } from '../operation/runs.ts';
import { shardRanges } from '../shard-name.ts';
import type { Table } from '../table.ts';
import type { Homeless, UnitLoad } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { SAFETY_RULES, type SafetyRule, type SafetySettings, type SafetyVerdict } from './safety-verdict.ts';

/**
 * Two operations on one shard cannot be wished away. A shard without a place can: then it stays where it is, which in an
 * emergency is better than that nobody is saved.
 */
const NEVER_OVERRIDDEN: ReadonlySet<SafetyRule> = new Set(['one-operation-per-shard']);

export interface Intent {
  readonly moves: readonly Move[];
  readonly loads: readonly UnitLoad[];
  readonly homeless: readonly Homeless[];
  /** Owner of `G` after the operation and whether a cell of it is left; null: the realm has no global unit. */
  readonly global: { readonly unit: string; readonly isAlive: boolean } | null;
}

/** A default for a realm: half of its shards at once, so that no single operation moves all users. */
export function defaultSafety(table: Table): SafetySettings {
  const movingShards = Math.ceil((table.topology.shardCount + 1) / 2);
  return { headRoomPercent: 0, movingShards, quietMs: 0, isForbidden: false };
}

/** The verdict of every rule, in the order of SAFETY_RULES. */
export function safetyVerdicts(input: PlanInput, intent: Intent): SafetyVerdict[] {
  const findings: Record<SafetyRule, Finding> = {
    'operations-allowed': operationsAllowed(input),
    'one-operation-per-shard': oneOperation(input, intent),
    'every-shard-placed': everyShardPlaced(intent),
    'global-unit-alive': globalAlive(intent),
    'capacity-head-room': headRoom(input, intent),
    'moving-shards': movingShards(input, intent),
    'quiet-time': quietTime(input, intent),
  };
  return SAFETY_RULES.map((rule) => judge(rule, findings[rule], input.overridden));
}

/** Rules that stand in the way, most important first. */
export function refusals(verdicts: readonly SafetyVerdict[]): SafetyVerdict[] {
  return verdicts.filter(({ verdict }) => verdict === 'refused');
}

interface Finding {
  readonly isSatisfied: boolean;
  readonly seen: string;
  readonly limit: string;
  readonly setting: string | null;
  readonly next: string;
}

function judge(rule: SafetyRule, finding: Finding, overridden: readonly string[]): SafetyVerdict {
  const { isSatisfied, next, ...rest } = finding;
  if (isSatisfied) return { rule, verdict: 'satisfied', ...rest, next: '' };
  if (NEVER_OVERRIDDEN.has(rule)) return { rule, verdict: 'refused', ...rest, next };
  if (overridden.includes(rule)) return { rule, verdict: 'overridden', ...rest, next: '' };
  return { rule, verdict: 'refused', ...rest, next: `${next}, or override the rule ${rule}` };
}

function operationsAllowed({ settings }: PlanInput): Finding {
  return {
    isSatisfied: !settings.isForbidden,
    seen: settings.isForbidden ? 'all operations are forbidden' : 'operations are allowed',
    limit: 'allowed',
    setting: 'safety.isForbidden',
    next: 'run `ldc freeze-all off`',
  };
}

function oneOperation({ table }: PlanInput, { moves }: Intent): Finding {
  const held = shardsOf(moves).filter((shard) => table.shards.operation.has(shard));
  const names = [...new Set(held.map((shard) => table.shards.operation.get(shard)))].join(', ');
  return {
    isSatisfied: held.length === 0,
    seen:
      held.length === 0 ? 'no shard is on the move' : `${inWords(table, held)} are on the move by operation ${names}`,
    limit: 'one operation per shard at a time',
    setting: null,
    next: `wait for operation ${names} (\`ldc operations\`) or abort it`,
  };
}

function everyShardPlaced({ homeless }: Intent): Finding {
  return {
    isSatisfied: homeless.length === 0,
    seen: homeless.length === 0 ? 'every shard has a place' : homeless.map(({ reason }) => reason).join('; '),
    limit: 'every shard that must move has a unit that takes it',
    setting: null,
    next: 'bring a remote target back, give it more capacity, or name more remoteTargets in the ruleset',
  };
}

function globalAlive({ global }: Intent): Finding {
  const isSatisfied = global === null || global.isAlive;
  return {
    isSatisfied,
    seen:
      global === null ? 'no global unit' : `${global.unit} ${global.isAlive ? 'has a cell left' : 'has no cell left'}`,
    limit: 'the global shard is never without a cell',
    setting: null,
    next: 'bring a cell of a global unit back first',
  };
}

function headRoom({ settings }: PlanInput, { loads }: Intent): Finding {
  const tight = loads.filter(({ before, after, capacity }) => after > before && after > usable(capacity, settings));
  const seen = tight.map(({ unit, after, capacity }) => `${unit} would have ${after} of ${capacity} shards`).join(', ');
  return {
    isSatisfied: tight.length === 0,
    seen: seen === '' ? 'every target keeps its head-room' : seen,
    limit: `${settings.headRoomPercent} % of the capacity stay free`,
    setting: 'safety.headRoomPercent',
    next: 'raise the capacity of these units, or move fewer shards to them',
  };
}

/** Shards that a unit may have without touching its head-room. */
export function usable(capacity: number | null, { headRoomPercent }: SafetySettings): number {
  if (capacity === null) return Number.POSITIVE_INFINITY;
  return Math.floor((capacity * (100 - headRoomPercent)) / 100);
}

function movingShards({ table, settings }: PlanInput, { moves }: Intent): Finding {
  const others = table.shards.operation.size;
  const moving = shardsOf(moves).length + others;
  return {
    isSatisfied: moving <= settings.movingShards,
    seen: others === 0 ? `${moving} shards` : `${moving} shards, ${others} of them by other operations`,
    limit: `at most ${settings.movingShards} shards move at once`,
    setting: 'safety.movingShards',
    next: 'move them in several operations, or wait for those under way',
  };
}

function quietTime({ table, settings, sinceOperationMs }: PlanInput, { moves }: Intent): Finding {
  const early = shardsOf(moves).filter((shard) => (sinceOperationMs.get(shard) ?? settings.quietMs) < settings.quietMs);
  const youngest = Math.min(...early.map((shard) => sinceOperationMs.get(shard) ?? 0));
  const waitMs = settings.quietMs - youngest;
  return {
    isSatisfied: early.length === 0,
    seen: early.length === 0 ? 'no recent operation' : `${inWords(table, early)} moved ${youngest} ms ago`,
    limit: `${settings.quietMs} ms between two operations on a shard`,
    setting: 'safety.quietMs',
    next: `wait ${waitMs} ms`,
  };
}

function shardsOf(moves: readonly Move[]): number[] {
  return [...eachShard(moves.flatMap((move) => move.shards))].sort((a, b) => a - b);
}

function inWords(table: Table, shards: readonly number[]): string {
  return `shards ${shardRanges(table.topology.shardRule, shards as ShardId[])}`;
}
