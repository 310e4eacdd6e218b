import type { Epoch, Incarnation } from '../ids.ts';
import type { ShardRun } from '../loss/shard-run.ts';
import type { Place } from '../operation/operation.ts';

/**
 * Steps as they stand on record; each is there before any of its effects begins (docs/decisions/009-adopting-a-restored-store.md):
 * freeze→ wait → fence –grant→ promote –release→ follow → ended.
 */
export type AdoptionStep = 'wait' | 'fence' | 'promote' | 'follow' | 'ended';

/** Why a copy was taken for the owner's. `promoted`: its gate shows that it was promoted last; the other two need an acceptance. */
export type OwnerProof = 'promoted' | 'most advanced' | 'backup';

/** Shards and the copy that got them. */
export interface AdoptedOwner {
  readonly shards: readonly ShardRun[];
  readonly place: Place;
  readonly by: OwnerProof;
}

/** Shards that were left FREEZING, and why no copy of them could be taken. */
export interface LeftFrozen {
  readonly shards: readonly ShardRun[];
  readonly reason: string;
}

export interface AdoptionResult {
  readonly step: AdoptionStep;
  /** Wall-clock ms of the control node that wrote it; for people. */
  readonly endedAt: number;
  readonly detail: string;
}

/** The record `control/adoption`; plain JSON, names instead of indices. One at a time, the last one stays. */
export interface Adoption {
  readonly format: 1;
  /** Given by the caller: the same one again is not done twice. */
  readonly id: string;
  readonly author: string;
  readonly reason: string;
  /** Wall-clock ms; for people. */
  readonly createdAt: number;
  /** What the restored store had. */
  readonly from: { readonly incarnation: Incarnation; readonly epoch: Epoch };
  /** The incarnation that goes on, and the others that it stands for. */
  readonly incarnation: Incarnation;
  readonly succeeds: readonly Incarnation[];
  /** Above every epoch that anybody showed. Raised if a gate that was silent at first keeps a higher one. */
  readonly freezeEpoch: Epoch;
  readonly grantEpoch: Epoch | null;
  /** W, milliseconds. */
  readonly windowMs: number;
  /** Data centers whose gates are not waited for, because a person accepted what that may lose. */
  readonly givenUp: readonly string[];
  readonly acceptsLoss: boolean;
  /** Operations of the backup that ended with it. */
  readonly superseded: readonly string[];
  readonly owners: readonly AdoptedOwner[];
  readonly frozen: readonly LeftFrozen[];
  /** Data centers whose copies follow again. */
  readonly followed: readonly string[];
  readonly step: AdoptionStep;
  readonly results: readonly AdoptionResult[];
}

/** Whether shards still wait for it. From `follow` on they are served, and another adoption may begin. */
export function isUnderWay(adoption: Adoption | null): adoption is Adoption {
  return adoption !== null && adoption.step !== 'follow' && adoption.step !== 'ended';
}

/** The record with its present step ended and the next one begun. */
export function nextStep(adoption: Adoption, step: AdoptionStep, endedAt: number, detail: string): Adoption {
  return { ...adoption, step, results: [...adoption.results, { step: adoption.step, endedAt, detail }] };
}
