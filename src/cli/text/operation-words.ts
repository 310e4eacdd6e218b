import type {
  OperationKindView,
  OperationStepView,
  OperationView,
  PlaceView,
  WeightChangeView,
} from '../../control/api-types.ts';

/** Steps as people call them; the documents of the protocol use the same words. */
export const STEP_WORDS: Readonly<Record<OperationStepView, string>> = {
  check: 'check',
  drain: 'drain',
  catchUp: 'catch up',
  choose: 'choose copy',
  acknowledge: 'accept loss',
  promote: 'promote',
  follow: 'follow',
  ended: 'ended',
};

export const KIND_WORDS: Readonly<Record<OperationKindView, string>> = {
  move: 'planned move',
  primary: 'change of primary',
  emergency: 'EMERGENCY',
  failback: 'failback',
  shift: 'shift of weights',
};

export function placeText({ unit, dataCenter }: PlaceView): string {
  return `${unit} in ${dataCenter}`;
}

export function shardCount(count: number): string {
  return count === 1 ? '1 shard' : `${count} shards`;
}

export function weightText({ unit, weights, expiresAt }: WeightChangeView, until: (ms: number) => string): string {
  if (weights === null) return `${unit}: override removed, as the ruleset says`;
  const set = Object.entries(weights).map(([cell, weight]) => `${cell} ${weight}`);
  return `${unit}: ${set.join(', ')}${expiresAt === null ? '' : `, until ${until(expiresAt)}`}`;
}

/** What it is about: `20 shards`, `weights of RZ01, RZ02`. */
export function objectText({ movedShards, weights }: Pick<OperationView, 'movedShards' | 'weights'>): string {
  if (movedShards > 0) return shardCount(movedShards);
  return `weights of ${weights.map(({ unit }) => unit).join(', ') || 'nothing'}`;
}

/** Milliseconds for people: `0.142 s`, `12.3 s`, `3 min 05 s`. */
export function secondsText(ms: number): string {
  const clean = Math.max(0, ms);
  if (clean < 9_999.5) return `${(clean / 1000).toFixed(3)} s`;
  if (clean < 99_950) return `${(clean / 1000).toFixed(1)} s`;
  const seconds = Math.round(clean / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
