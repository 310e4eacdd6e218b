import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';

const WRITE_LIMIT_MS = 60_000;
const READ_LIMIT_MS = 10_000;
const BOOKS_LIMIT_MS = 40_000;
/** Reads at once while the books are compared. */
const READERS = 8;

interface Account {
  readonly userId: string;
  /** Amounts by entry. */
  readonly acknowledged: Map<string, number>;
  /** Asked for, and not acknowledged: each may have been executed, or not. */
  readonly open: Map<string, number>;
}

export interface BookAnswer {
  readonly userId: string;
  readonly id: string;
  readonly status: number | null;
  readonly text: string;
}

/** An acknowledged entry that is not there (any more). */
export interface MissingEntry {
  readonly userId: string;
  readonly id: string;
  /** The how manieth acknowledged entry of its user it was, from 1. */
  readonly rank: number;
}

/**
 * Writers of ledger entries that note what was acknowledged, and the comparison of these notes with the ledger: each acknowledged
 * entry is there, each entry once, and the balance is their sum.
 */
export class LedgerBooks {
  /** Answers that were no 2xx. */
  readonly failed: BookAnswer[] = [];
  readonly #doors: () => readonly string[];
  readonly #accounts: readonly Account[];
  /** The write that each user waits for, in words. */
  readonly #underWay = new Map<string, string>();
  #isStopped = true;
  #writers: Promise<unknown> = Promise.resolve();
  #serial = 0;

  /** One account and one writer for each user; `doors` are taken in turn. */
  constructor(userIds: readonly string[], doors: () => readonly string[]) {
    this.#doors = doors;
    this.#accounts = userIds.map((userId) => ({ userId, acknowledged: new Map(), open: new Map() }));
  }

  get acknowledged(): number {
    return this.#accounts.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  }

  /** Writers that write one entry after the other, `pauseMs` apart, until `stop`. */
  start(pauseMs: number): void {
    this.#isStopped = false;
    this.#writers = Promise.all(this.#accounts.map((account) => this.#run(account, pauseMs)));
  }

  /** Waits for the answers that are due. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#writers;
  }

  /** One entry of a user; whether it was acknowledged. */
  async write(userId: string, door: string): Promise<boolean> {
    const account = this.#accounts.find((own) => own.userId === userId);
    if (account === undefined) throw new Error(`no account of ${userId}`);
    return this.#write(account, door);
  }

  /** Waits until every user of `userIds` (all) had one more entry acknowledged: his shard takes writes. */
  async progress(userIds?: readonly string[]): Promise<void> {
    const accounts = this.#accounts.filter(({ userId }) => userIds?.includes(userId) ?? true);
    const before = accounts.map(({ acknowledged }) => acknowledged.size);
    const late = (): string[] =>
      accounts
        .filter(({ acknowledged }, n) => acknowledged.size <= (before[n] ?? 0))
        .map(({ userId }) => `${userId} (${this.#underWay.get(userId) ?? 'between two'})`);
    await eventually(
      () => `an entry is taken of ${late().join(', ')}; ${JSON.stringify(this.failed.slice(-3))}`,
      () => late().length === 0,
      BOOKS_LIMIT_MS,
    );
  }

  /**
   * Compares with the ledger as `door` shows it, once the writers have stopped: there is no entry too much, none is missing that was
   * acknowledged, and every balance is the sum of its entries. `mayMiss`: the acknowledged entries that may be missing. Returns how
   * many are. A copy that answers reads may be behind for a moment.
   */
  async balance(door: string, mayMiss: (entry: MissingEntry) => boolean = () => false): Promise<number> {
    const queue = [...this.#accounts];
    let missing = 0;
    const read = async (): Promise<void> => {
      for (let account = queue.pop(); account !== undefined; account = queue.pop()) {
        // Not `missing += await …`: that would add to what it was before the waiting.
        const count = await this.#balanceOf(account, door, mayMiss);
        missing += count;
      }
    };
    await Promise.all(Array.from({ length: READERS }, read));
    return missing;
  }

  async #balanceOf(account: Account, door: string, mayMiss: (entry: MissingEntry) => boolean): Promise<number> {
    const { userId } = account;
    let last: unknown;
    const found = await eventually(
      () => `the books of ${userId} balance at ${door}: ${JSON.stringify(last)}`,
      async () => {
        const seen = await compare(account, door);
        last = { ...seen, missing: seen.missing.slice(0, 5) };
        const ranks = [...account.acknowledged.keys()];
        const isWhole = seen.missing.every((id) => mayMiss({ userId, id, rank: ranks.indexOf(id) + 1 }));
        return isWhole && seen.entries === seen.found && seen.balance === seen.sum ? seen : null;
      },
      BOOKS_LIMIT_MS,
    );
    return found.missing.length;
  }

  async #run(account: Account, pauseMs: number): Promise<void> {
    for (let n = 0; !this.#isStopped; n += 1) {
      const doors = this.#doors();
      await this.#write(account, doors[(n + this.#accounts.indexOf(account)) % doors.length] ?? '');
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #write({ userId, acknowledged, open }: Account, door: string): Promise<boolean> {
    this.#serial += 1;
    const [id, amount] = [`e-${this.#serial}`, this.#serial];
    open.set(id, amount);
    this.#underWay.set(userId, `${id} at ${door} since ${new Date().toISOString()}`);
    const { status, text } = await postEntry(door, userId, id, amount);
    this.#underWay.delete(userId);
    if (status !== 201 && status !== 200) {
      this.failed.push({ userId, id, status, text });
      return false;
    }
    open.delete(id);
    acknowledged.set(id, amount);
    return true;
  }
}

async function postEntry(
  door: string,
  userId: string,
  id: string,
  amount: number,
): Promise<Pick<BookAnswer, 'status' | 'text'>> {
  try {
    const response = await fetch(`${door}/ledger/entries`, {
      method: 'POST',
      headers: { 'x-user-id': userId, 'content-type': 'application/json' },
      body: JSON.stringify({ id, amount }),
      signal: AbortSignal.timeout(WRITE_LIMIT_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { status: null, text: String((error as Error).cause ?? error) };
  }
}

async function compare({ userId, acknowledged, open }: Account, door: string) {
  const read = async (path: string): Promise<Response> =>
    fetch(`${door}${path}`, { headers: { 'x-user-id': userId }, signal: AbortSignal.timeout(READ_LIMIT_MS) });
  const { balance, entries } = (await (await read('/ledger/balance')).json()) as { balance: number; entries: number };
  const missing: string[] = [];
  let [found, sum] = [0, 0];
  for (const [id, amount] of [...acknowledged, ...open]) {
    const answer = await read(`/ledger/entries/${id}`);
    const seen = (await answer.json()) as { amount: number };
    if (answer.status === 200) {
      assert.equal(seen.amount, amount, `entry ${id} of ${userId}`);
      [found, sum] = [found + 1, sum + amount];
    } else if (answer.status !== 404) throw new Error(`reading ${id}: ${answer.status} ${JSON.stringify(seen)}`);
    else if (acknowledged.has(id)) missing.push(id);
  }
  return { balance, entries, found, sum, missing };
}
