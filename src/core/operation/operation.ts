import type { Epoch, Incarnation } from '../ids.ts';
import type { ShardRun } from '../loss/shard-run.ts';
import type { OperationDeadlines } from './operation-deadlines.ts';

/** `primary`: another data center of the same unit; `failback`: moves and primaries back to what the ruleset says. */
export type OperationKind = 'move' | 'primary' | 'emergency' | 'failback' | 'shift';

/**
 * Steps as they stand on record (docs/ownership-protocol.md). A step is on record before any of its effects begins; those that
 * change the table come on record in the very transaction that changes it:
 * check –freeze→ drain → catchUp –grant→ promote –release→ follow → ended, and for an emergency
 * check –freeze→ drain → choose → acknowledge –grant→ promote –release→ follow → ended.
 */
export type OperationStep = 'check' | 'drain' | 'catchUp' | 'choose' | 'acknowledge' | 'promote' | 'follow' | 'ended';

/** A copy of data: a unit's cell in one data center, where a data gate answers. */
export interface Place {
  readonly unit: string;
  readonly dataCenter: string;
}

/** Shards that leave one copy for another; between two data centers of one unit it is a change of primary. */
export interface Move {
  readonly shards: readonly ShardRun[];
  readonly from: Place;
  readonly to: Place;
  /** Copies that an emergency may choose from instead, where they are more advanced; `to` need not be among them. */
  readonly candidates: readonly Place[];
  /** Every other copy, reachable or not: after the release each must follow the new owner. */
  readonly copies: readonly Place[];
}

/** Weights that a unit's cells get at the grant; null takes the unit's override away. */
export interface WeightChange {
  readonly unit: string;
  readonly weights: Readonly<Record<string, number>> | null;
  /** Wall-clock ms since 1970, as in OverrideDocument. */
  readonly expiresAt: number | null;
}

/** Lineage of the data of some shards: the epoch at which their present copy was promoted. */
export interface Lineage {
  readonly shards: ShardRun;
  /** Several where the last grant was never released: then no write of the newer one was acknowledged. Newest first. */
  readonly lineages: readonly Epoch[];
}

/** How far a copy of one shard is; offsets of different lineages cannot be compared. */
export interface ShardPosition {
  readonly shard: number;
  readonly lineage: Epoch;
  readonly offset: number;
}

/** Writes of these shards after `afterOffset` of `lineage` were possibly acknowledged and are not in the chosen copy. */
export interface LostRange {
  readonly shards: readonly ShardRun[];
  readonly place: Place;
  readonly lineage: Epoch;
  readonly afterOffset: number;
}

export interface StepResult {
  readonly step: OperationStep;
  /** Wall-clock ms of the control node that wrote it; for people. */
  readonly endedAt: number;
  /** What ended it, in words. */
  readonly detail: string;
}

export interface OperationOptions {
  /** Given beforehand, or by a person who saw the recorded range. */
  readonly acceptDataLoss: boolean;
  /** Go on as an emergency if the source's gate does not answer. */
  readonly emergencyWhenSilent: boolean;
  /** Names of safety rules that the author overrode. */
  readonly overriddenRules: readonly string[];
  /**
   * A unit that serves without the store has guards without a horizon: then W proves nothing, and only acknowledgements of
   * all its guards do.
   */
  readonly needsAcknowledgements: boolean;
  /** IDs of operations whose target was lost between grant and release, and which this emergency replaces. */
  readonly supersedes: readonly string[];
}

export interface OperationOutcome {
  readonly kind: 'done' | 'aborted';
  readonly reason: string;
}

/** The record `operations/<id>`; plain JSON, names instead of indices because a ruleset may be applied meanwhile. */
export interface Operation {
  readonly format: 1;
  readonly id: string;
  readonly incarnation: Incarnation;
  readonly kind: OperationKind;
  /** An emergency asks nothing of the source; a planned move may become one, never the other way round. */
  readonly isEmergency: boolean;
  readonly moves: readonly Move[];
  readonly weights: readonly WeightChange[];
  readonly author: string;
  readonly reason: string;
  /** Wall-clock ms since 1970; for people. */
  readonly createdAt: number;
  readonly options: OperationOptions;
  readonly deadlines: OperationDeadlines;
  readonly step: OperationStep;
  /** Grows with every write of this record; the next transaction compares it. */
  readonly stepSequence: number;
  readonly freezeEpoch: Epoch | null;
  readonly grantEpoch: Epoch | null;
  /** Filled in by the freeze. */
  readonly lineages: readonly Lineage[];
  readonly lost: readonly LostRange[];
  readonly results: readonly StepResult[];
  readonly outcome: OperationOutcome | null;
}

export type OperationOrder = Pick<
  Operation,
  'id' | 'incarnation' | 'kind' | 'moves' | 'weights' | 'author' | 'reason' | 'createdAt' | 'options' | 'deadlines'
>;

/** The record of an operation that nothing was done for yet. */
export function newOperation(order: OperationOrder): Operation {
  return {
    format: 1,
    ...order,
    isEmergency: order.kind === 'emergency',
    step: 'check',
    stepSequence: 1,
    freezeEpoch: null,
    grantEpoch: null,
    lineages: [],
    lost: [],
    results: [],
    outcome: null,
  };
}

/** `RZ01@hz-a`: names a copy, and its data gate. */
export function placeKey(place: Place): string {
  return `${place.unit}@${place.dataCenter}`;
}

/** Each place once, in order of first use. */
export function distinctPlaces(places: readonly Place[]): Place[] {
  const byKey = new Map<string, Place>();
  for (const place of places) if (!byKey.has(placeKey(place))) byKey.set(placeKey(place), place);
  return [...byKey.values()];
}

/** Runs of all shards that leave (`from`) or reach (`to`) a place. */
export function shardsAt(moves: readonly Move[], side: 'from' | 'to', place: Place): ShardRun[] {
  return moves.filter((move) => placeKey(move[side]) === placeKey(place)).flatMap((move) => move.shards);
}

/** Lineages that the data of a shard may have, newest first; none before the freeze. */
export function lineagesAt({ lineages }: Pick<Operation, 'lineages'>, shard: number): readonly Epoch[] {
  return lineages.find(({ shards: [from, to] }) => shard >= from && shard <= to)?.lineages ?? [];
}

/** Adds what its transaction found to the result of the step that ends. */
export function withNote(operation: Operation, note: string): Operation {
  const results = operation.results.map((result, index, all) =>
    index === all.length - 1 ? { ...result, detail: `${result.detail}; ${note}` } : result,
  );
  return { ...operation, results };
}
