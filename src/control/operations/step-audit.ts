import type { ShardId } from '../../core/ids.ts';
import type { Operation } from '../../core/operation/operation.ts';
import { placeKey } from '../../core/operation/operation.ts';
import type { StepWrite } from '../../core/operation/operation-effect.ts';
import { eachShard, runsOf } from '../../core/operation/runs.ts';
import { shardRanges } from '../../core/shard-name.ts';
import type { Table } from '../../core/table.ts';

/** What an operation's transaction did to the table, for its audit record: one sentence for the action, some for the changes. */
export function stepInWords(table: Table, { type, next }: StepWrite): { action: string; changes: string[] } {
  switch (type) {
    case 'WriteFreeze':
      return {
        action: `freeze by ${kindInWords(next)}`,
        changes: [...movesInWords(table, next), ...conditionsInWords(next)],
      };
    case 'WriteGrant':
      return {
        action: `grant by ${kindInWords(next)}`,
        changes: [...movesInWords(table, next), ...weightsInWords(next), ...lossInWords(table, next)],
      };
    case 'WriteRelease':
      return { action: `release by ${kindInWords(next)}`, changes: movesInWords(table, next) };
    case 'WriteAbort': {
      const handedBack = next.outcome === null ? movesInWords(table, next).map((move) => `granted anew: ${move}`) : [];
      return { action: `abort of ${kindInWords(next)}`, changes: [next.results.at(-1)?.detail ?? '', ...handedBack] };
    }
    case 'WriteShift':
      return { action: `shift of weights`, changes: [...weightsInWords(next), ...conditionsInWords(next)] };
    case 'WriteStep':
    case 'WriteEnd':
      return { action: '', changes: [] };
  }
}

function kindInWords({ kind, isEmergency }: Operation): string {
  return isEmergency && kind !== 'emergency' ? `${kind}, an emergency by now` : kind;
}

function movesInWords({ topology }: Table, { moves }: Operation): string[] {
  return moves.map(({ shards, from, to }) => {
    const names = shardRanges(topology.shardRule, [...eachShard(runsOf(eachShard(shards)))] as ShardId[]);
    return `shards ${names}: ${placeKey(from)} → ${placeKey(to)}`;
  });
}

function weightsInWords({ weights }: Operation): string[] {
  return weights.map(({ unit, weights: wanted }) => {
    if (wanted === null) return `${unit}: weights of the ruleset`;
    return `${unit}: ${Object.entries(wanted)
      .map(([cell, weight]) => `${cell}=${weight}`)
      .join(' ')}`;
  });
}

function conditionsInWords({ options }: Operation): string[] {
  return [
    ...options.overriddenRules.map((rule) => `safety rule ${rule} overridden`),
    ...(options.acceptDataLoss ? ['data loss accepted beforehand'] : []),
    ...options.supersedes.map((id) => `supersedes operation ${id}`),
  ];
}

function lossInWords({ topology }: Table, { lost }: Operation): string[] {
  return lost.map(({ shards, place, lineage, afterOffset }) => {
    const names = shardRanges(topology.shardRule, [...eachShard(shards)] as ShardId[]);
    return `shards ${names}: writes of lineage ${lineage} after ${afterOffset} may be lost, ${placeKey(place)} was chosen`;
  });
}
