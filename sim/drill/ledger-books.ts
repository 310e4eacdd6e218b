import type { BooksResult } from '../report/drill-record.ts';
import type { DrillUser } from './drill-user.ts';
import type { EntryBook, WrittenEntry } from './entry-book.ts';
import type { FiledAccount, FiledEntry } from './ledger-file.ts';

/** The copy that the final owner of a shard has. */
export interface OwnersLedger {
  entriesOf(shard: string): readonly FiledEntry[];
  accountOf(shard: string, account: string): FiledAccount | null;
}

export interface BooksParts {
  readonly book: EntryBook;
  /** Null: the final owner has no ledger at all. */
  readonly ledgerOf: (shard: string) => OwnersLedger | null;
  /** What a door answered for an account when all was quiet; null: it did not. */
  readonly doorBalanceOf: (user: DrillUser) => FiledAccount | null;
}

interface Account {
  readonly user: DrillUser;
  readonly entries: { readonly entry: WrittenEntry; readonly wasTold: boolean }[];
}

/**
 * Compares the final owner's copy of the ledger with what clients were told: every acknowledged entry is there exactly once with its
 * amount, one that nobody was told of at most once, nothing else is there, and the balance is the sum of the entries, on disk and as a door
 * answers it. Pure.
 */
export function checkBooks({ book, ledgerOf, doorBalanceOf }: BooksParts): BooksResult {
  const accounts = accountsOf(book);
  const result = { lost: [] as string[], wrong: [] as string[], unbalanced: [] as string[] };
  for (const account of accounts) {
    const { user } = account;
    const ledger = ledgerOf(user.shard);
    const name = user.userId ?? '';
    const filed = (ledger?.entriesOf(user.shard) ?? []).filter((entry) => entry.account === name);
    compareEntries(account, filed, result);
    const sum = filed.reduce((total, { amount }) => total + amount, 0);
    const expected: FiledAccount = { balance: sum, entries: filed.length };
    const seen = { disk: ledger?.accountOf(user.shard, name) ?? { balance: 0, entries: 0 }, door: doorBalanceOf(user) };
    for (const [where, balance] of Object.entries(seen))
      if (balance?.balance !== expected.balance || balance.entries !== expected.entries)
        result.unbalanced.push(
          `${nameOf(user)}: ${where} says ${JSON.stringify(balance)}, the entries are ${JSON.stringify(expected)}`,
        );
  }
  return { acknowledged: book.told.length, unknown: book.untold.length, accounts: accounts.length, ...result };
}

function compareEntries(
  { user, entries }: Account,
  filed: readonly FiledEntry[],
  result: { readonly lost: string[]; readonly wrong: string[] },
): void {
  const known = new Set<string>();
  for (const { entry, wasTold } of entries) {
    known.add(entry.id);
    const found = filed.filter(({ id }) => id === entry.id);
    const words = `${nameOf(user)} ${entry.id}`;
    if (found.length === 0 && wasTold) result.lost.push(words);
    if (found.length > 1) result.wrong.push(`${words} is there ${found.length} times`);
    for (const { amount } of found)
      if (amount !== entry.amount) result.wrong.push(`${words}: amount ${amount}, written ${entry.amount}`);
  }
  for (const { id } of filed) if (!known.has(id)) result.wrong.push(`${nameOf(user)} ${id}: nobody wrote it`);
}

function accountsOf(book: EntryBook): readonly Account[] {
  const accounts = new Map<string, Account>();
  const add = (entry: WrittenEntry, wasTold: boolean): void => {
    const name = nameOf(entry.user);
    const account = accounts.get(name) ?? { user: entry.user, entries: [] };
    account.entries.push({ entry, wasTold });
    accounts.set(name, account);
  };
  for (const entry of book.told) add(entry, true);
  for (const entry of book.untold) add(entry, false);
  return [...accounts.values()];
}

const nameOf = ({ userId }: DrillUser): string => userId ?? 'G';
