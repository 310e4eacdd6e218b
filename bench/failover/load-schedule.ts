/** One request of the load, before anybody knows where its door is. */
export interface ScheduledRequest {
  readonly kind: 'write' | 'read';
  /** `00` to `99`, `G`. */
  readonly shard: string;
  /** The user; the shard `G` is one account, whoever asks. */
  readonly userId: string;
  /** Account in the ledger: the user, empty for `G`. */
  readonly account: string;
  /** Of the entry, unique in the run; empty for a read. */
  readonly id: string;
  readonly amount: number;
  /** Counts up; modulo the number of doors it is the door. */
  readonly turn: number;
}

/** All that the reference ruleset has: 100 of users, and the global one. */
export const SHARDS: readonly string[] = [...Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0')), 'G'];

const USERS_PER_SHARD = 4;
/** Steps through all shards in a scattered order; shares no divisor with their number. */
const STRIDE = 37;

/**
 * The n-th request: writes and reads in turns, each going round all shards, the reads half a round behind: a shard's requests
 * are evenly spaced, its writes as well. The number of shards is prime, so that every shard meets every door.
 */
export function scheduledRequest(n: number): ScheduledRequest {
  const kind = n % 2 === 0 ? 'write' : 'read';
  const turn = Math.floor(n / 2);
  const half = kind === 'write' ? 0 : Math.floor(SHARDS.length / 2);
  const shard = SHARDS[((turn + half) * STRIDE) % SHARDS.length] as string;
  const user = Math.floor(turn / SHARDS.length) % USERS_PER_SHARD;
  const userId = `7000${user}${shard === 'G' ? '00' : shard}`;
  const account = shard === 'G' ? '' : userId;
  const id = kind === 'write' ? `entry-${n}` : '';
  // Amounts that differ: a balance then tells which entries it is made of.
  return { kind, shard, userId, account, id, amount: 1 + ((n * 7919) % 9973), turn };
}
