import type { OperationView } from '../../src/control/api-types.ts';
import { shardNames } from './shard-names.ts';
import type { Freeze } from './shard-pauses.ts';

/** Wall clock minus `performance.now()` now. */
export function clockOffset(): number {
  return Date.now() - performance.now();
}

export function movedShards({ moves }: OperationView): ReadonlySet<string> {
  return new Set(moves.flatMap(({ shards }) => shardNames(shards)));
}

/** The freeze of an operation's shards; null if it froze none. `offset`: of `clockOffset`, to the clock of the answers. */
export function freezeOf(operation: OperationView, offset: number): Freeze | null {
  const { steps, grantEpoch } = operation;
  const drain = steps.find(({ step }) => step === 'drain');
  if (drain === undefined || grantEpoch === null) return null;
  return { shards: movedShards(operation), frozenAt: drain.startedAt - offset, grantEpoch };
}

/** `check 20 ms, drain 36 ms, …`, for whoever looks where the time goes. */
export function stepsInWords({ steps }: OperationView): string {
  return steps
    .map(({ step, startedAt, endedAt }) => `${step} ${endedAt === null ? 'under way' : `${endedAt - startedAt} ms`}`)
    .join(', ');
}
