/** The bodies of the calls about adopting a restored store (see api-types.ts). Shards are written in ranges of names. */
import type { PlaceView } from './operation-api-types.ts';
import type { VersionView } from './version-view.ts';

/** What a gate showed when it was asked. */
export interface AdoptionGateView {
  readonly dataCenter: string;
  readonly answers: boolean;
  /** Why it does not, in words. */
  readonly detail: string;
  /** The highest version that it keeps above the store's table; null: none. */
  readonly highest: VersionView | null;
}

/** Neighbouring shards of equal fate. */
export interface AdoptionShardsView {
  readonly shards: string;
  readonly count: number;
  /** By the restored table; null: nobody. */
  readonly backup: PlaceView | null;
  /** Whom the gates show as promoted last; null: not certain. */
  readonly owner: PlaceView | null;
  readonly by: 'promoted' | 'most advanced' | 'backup' | null;
  /** Why nobody is certain; else empty. */
  readonly reason: string;
}

export interface AdoptionStepView {
  readonly step: string;
  readonly endedAt: number;
  readonly detail: string;
}

/** An adoption on record. */
export interface AdoptionView {
  readonly id: string;
  readonly author: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly from: VersionView;
  readonly incarnation: string;
  readonly freezeEpoch: number;
  readonly grantEpoch: number | null;
  readonly givenUp: readonly string[];
  readonly acceptsLoss: boolean;
  readonly superseded: readonly string[];
  readonly owners: readonly {
    readonly shards: string;
    readonly count: number;
    readonly place: PlaceView;
    readonly by: string;
  }[];
  readonly frozen: readonly { readonly shards: string; readonly count: number; readonly reason: string }[];
  readonly step: 'wait' | 'fence' | 'promote' | 'follow' | 'ended';
  readonly steps: readonly AdoptionStepView[];
  /** The granted shards are served again. */
  readonly isReleased: boolean;
  /** What the present step waits for, if the node that was asked carries it out; else null. */
  readonly waiting: { readonly for: readonly string[]; readonly leftMs: number | null } | null;
}

/** `GET /v1/store/adoption`: what an adoption would find. */
export interface AdoptionAnswer {
  readonly realm: string;
  readonly store: VersionView;
  /** Why the store is behind what others have seen; empty: nothing shows it. */
  readonly evidence: readonly string[];
  /** The highest version that anybody showed. */
  readonly highest: VersionView & { readonly by: string };
  readonly gates: readonly AdoptionGateView[];
  readonly shards: readonly AdoptionShardsView[];
  /** Operations of the store that an adoption would end. */
  readonly openOperations: readonly string[];
  /** W: how long no write is admitted anywhere, before the gates are fenced. */
  readonly windowMs: number;
  /** The newest adoption on record. */
  readonly adoption: AdoptionView | null;
}

/** `GET /v1/store/adoption/progress`. */
export interface AdoptionProgressAnswer {
  readonly adoption: AdoptionView | null;
}

export interface AdoptionCall {
  /** Names the adoption: the same one again is not done twice. */
  readonly id: string;
  /** The store's version as it was looked at. */
  readonly store: VersionView;
  readonly reason?: string;
  /** Data centers whose gates are not waited for; needs `acceptDataLoss`. */
  readonly giveUp?: readonly string[];
  readonly acceptDataLoss?: boolean;
  /** Also if nothing shows that the store went back, or in place of an adoption under way. */
  readonly force?: boolean;
}

/** `joined`: one is under way already; what was given up newly was added to it. */
export interface AdoptionStartAnswer {
  readonly outcome: 'started' | 'again' | 'joined';
  readonly adoption: AdoptionView;
}
