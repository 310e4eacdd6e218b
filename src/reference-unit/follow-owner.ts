import { markOf, sameMark } from './ledger-entry.ts';
import type { PeerCalls } from './peer-calls.ts';
import { type MarkAnswer, PEER_LIMITS } from './peer-message.ts';
import type { ShardLog } from './shard-log.ts';

/** Where a copy's log and the owner's part. */
export interface CommonPrefix {
  readonly shard: string;
  /** Both logs are equal up to here. */
  readonly offset: number;
  readonly owner: MarkAnswer;
}

interface Search {
  readonly shard: string;
  /** Equal here; not known, or different, above `high`. */
  low: number;
  high: number;
  probe: number;
  owner: MarkAnswer | null;
}

/**
 * Finds, for all shards at once, the longest prefix that this copy's log has in common with the owner's, by halving: if the
 * entries at an offset are equal, so are all before (Raft's log matching). Throws if the owner gives no usable answer.
 */
export async function findCommonPrefixes(
  shards: readonly string[],
  log: ShardLog,
  owner: PeerCalls,
): Promise<CommonPrefix[]> {
  const searches = shards.map((shard): Search => {
    const { offset } = log.state(shard);
    return { shard, low: 0, high: offset, probe: offset, owner: null };
  });
  for (let open = searches; open.length > 0; open = searches.filter(isOpen)) {
    const asked = open.slice(0, PEER_LIMITS.shards);
    const answers = await owner.marks(asked.map(({ shard, probe: offset }) => ({ shard, offset })));
    for (const [index, answer] of answers.entries()) {
      const search = asked[index];
      if (search !== undefined) narrow(search, answer, log);
    }
  }
  return searches.flatMap(({ shard, low, owner: found }) =>
    found === null ? [] : [{ shard, offset: low, owner: found }],
  );
}

const isOpen = ({ low, high, owner }: Search): boolean => owner === null || low < high;

function narrow(search: Search, answer: MarkAnswer, log: ShardLog): void {
  search.owner = answer;
  const own = markOf(log.entryAt(search.shard, search.probe));
  if (search.probe === 0 || (answer.mark !== null && sameMark(own, answer.mark))) search.low = search.probe;
  else search.high = Math.min(search.probe - 1, answer.offset);
  search.probe = Math.ceil((search.low + search.high) / 2);
}
