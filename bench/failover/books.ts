import { accountKey, entryKey, type LedgerCopy } from './ledger-copy.ts';
import { isSuccess, type LoadAnswer } from './load-answer.ts';

export interface BooksReport {
  readonly acknowledged: number;
  /** Acknowledged, and not at the final owner. */
  readonly lost: readonly LoadAnswer[];
  /** Entries that stand there in another way than was acknowledged, or that nobody sent: in words. */
  readonly wrong: readonly string[];
  /** Accounts whose balance or count is not that of their entries: an entry taken twice shows here. */
  readonly unbalanced: readonly string[];
}

/**
 * Compares what the clients were told with the copy of each shard's final owner. `writes`: all that were sent, whatever became
 * of them; one without an answer may stand there or not.
 */
export function checkBooks(writes: readonly LoadAnswer[], ownerOf: (shard: string) => LedgerCopy): BooksReport {
  const acknowledged = writes.filter(isSuccess);
  const lost: LoadAnswer[] = [];
  const wrong: string[] = [];
  for (const write of acknowledged) {
    const key = entryKey(write.shard, write.account, write.id);
    const entry = ownerOf(write.shard).entries.get(key);
    if (entry === undefined) lost.push(write);
    else if (entry.amount !== write.amount || entry.balance !== balanceIn(write.text))
      wrong.push(`${key}: told ${write.text}, stands there with ${entry.amount}, balance ${entry.balance}`);
  }
  const sums = sumsByAccount(writes, ownerOf);
  const unbalanced = [...sums].flatMap(([key, { shard, balance, entries }]) => {
    const own = ownerOf(shard).accounts.get(key) ?? { balance: 0, entries: 0 };
    const isEqual = own.balance === balance && own.entries === entries;
    return isEqual ? [] : [`${key}: ${own.entries} entries of ${own.balance}, its log has ${entries} of ${balance}`];
  });
  return { acknowledged: acknowledged.length, lost, wrong: [...wrong, ...unsent(writes, ownerOf)], unbalanced };
}

interface AccountSum {
  readonly shard: string;
  balance: number;
  entries: number;
}

/** Of the entries that were sent and stand at the final owner. */
function sumsByAccount(writes: readonly LoadAnswer[], ownerOf: (shard: string) => LedgerCopy): Map<string, AccountSum> {
  const sums = new Map<string, AccountSum>();
  for (const { shard, account, id } of writes) {
    const key = accountKey(shard, account);
    const sum = sums.get(key) ?? { shard, balance: 0, entries: 0 };
    sums.set(key, sum);
    const entry = ownerOf(shard).entries.get(entryKey(shard, account, id));
    if (entry === undefined) continue;
    sum.balance += entry.amount;
    sum.entries += 1;
  }
  return sums;
}

function unsent(writes: readonly LoadAnswer[], ownerOf: (shard: string) => LedgerCopy): string[] {
  const sent = new Set(writes.map(({ shard, account, id }) => entryKey(shard, account, id)));
  const shards = new Set(writes.map(({ shard }) => shard));
  return [...shards].flatMap((shard) =>
    [...ownerOf(shard).entries.keys()]
      .filter((key) => key.startsWith(`${shard}/`) && !sent.has(key))
      .map((key) => `${key}: nobody sent it`),
  );
}

function balanceIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { balance?: unknown }).balance;
  } catch {
    return undefined;
  }
}
