import type { LostRangeView } from '../../src/control/api-types.ts';
import { entryKey, type LedgerCopy } from './ledger-copy.ts';
import type { LoadAnswer } from './load-answer.ts';
import { shardNames } from './shard-names.ts';

/**
 * Those of the lost writes that an emergency's record does not name: of another shard, of a place in the lost copy's log that
 * the chosen copy was said to have, or not in the lost copy at all. `before`: the lost data centers' copies, as they died.
 */
export function lostOutsideRange(
  lost: readonly LoadAnswer[],
  ranges: readonly LostRangeView[],
  before: (shard: string) => LedgerCopy | undefined,
): readonly LoadAnswer[] {
  const kept = new Map(
    ranges.flatMap(({ shards, afterOffset }) =>
      shardNames(shards).map((shard): [string, number] => [shard, afterOffset]),
    ),
  );
  return lost.filter(({ shard, account, id }) => {
    const afterOffset = kept.get(shard);
    const entry = before(shard)?.entries.get(entryKey(shard, account, id));
    return afterOffset === undefined || entry === undefined || entry.offset <= afterOffset;
  });
}
