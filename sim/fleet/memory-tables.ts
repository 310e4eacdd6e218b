import type { DatabaseSync } from 'node:sqlite';
import type { CopyTables } from '../../src/reference-unit/copied-entries.ts';
import type { AsideEntry, GateRows, KeptVersion } from '../../src/reference-unit/gate-rows.ts';
import type { LedgerEntry, ShardHead } from '../../src/reference-unit/ledger-entry.ts';
import type { Account, ShardLog } from '../../src/reference-unit/shard-log.ts';

/** What takes a change back. */
type Undo = () => void;

const NOBODY: Account = Object.freeze({ balance: 0, entries: 0 });

/**
 * The rows of one data center's ledger in memory, in the place of SQLite: the ledger's own code runs on them, transactions and
 * all, some fifty times as fast. They stay when the process dies, as a file does.
 */
export class MemoryTables {
  readonly log = new MemoryShardLog((undo) => this.#undo?.push(undo));
  readonly gates = new MemoryGateRows(this.log, (undo) => this.#undo?.push(undo));
  readonly #bornHere: ReadonlySet<string>;
  #undo: Undo[] | null = null;

  constructor(bornHere: ReadonlySet<string>) {
    this.#bornHere = bornHere;
    this.log.isBornHere = (shard) => this.#bornHere.has(shard);
  }

  /** As the ledger's code takes them: what it uses of SQLite's classes is here, under the same names. */
  asTables(): CopyTables {
    const { log, gates } = this;
    const database = this.#database();
    return { database, log: log as unknown as ShardLog, gates: gates as unknown as GateRows };
  }

  #database(): DatabaseSync {
    const self = this;
    const database = {
      get isTransaction() {
        return self.#undo !== null;
      },
      exec: (sql: string): void => this.#exec(sql),
      // Only asked how durable it is: always.
      prepare: () => ({ get: () => ({ synchronous: 2 }) }),
    };
    return database as unknown as DatabaseSync;
  }

  #exec(sql: string): void {
    if (sql.startsWith('BEGIN')) {
      if (this.#undo !== null) throw new Error('a transaction inside a transaction');
      this.#undo = [];
    } else if (sql === 'COMMIT') this.#undo = null;
    else if (sql === 'ROLLBACK') {
      const undo = this.#undo ?? [];
      this.#undo = null;
      for (const each of undo.reverse()) each();
    }
  }
}

/** By account, then by ID. */
type EntriesById = Map<string, Map<string, LedgerEntry>>;

/** ShardLog without SQLite. */
export class MemoryShardLog {
  isBornHere: (shard: string) => boolean = () => true;
  /** A copy's lineage is about to become a lower one. */
  onFall: ((shard: string, from: number, to: number) => void) | null = null;
  onAppend: ((entry: LedgerEntry, head: Omit<ShardHead, 'shard' | 'offset'>) => void) | null = null;
  readonly #heads = new Map<string, ShardHead>();
  /** By shard; offset n stands at n − 1. */
  readonly #entries = new Map<string, LedgerEntry[]>();
  readonly #byId = new Map<string, EntriesById>();
  readonly #accounts = new Map<string, Map<string, Account>>();
  readonly #undoes: (undo: Undo) => void;

  constructor(undoes: (undo: Undo) => void) {
    this.#undoes = undoes;
  }

  head(shard: string): ShardHead | null {
    return this.#heads.get(shard) ?? null;
  }

  state(shard: string): ShardHead {
    const role = this.isBornHere(shard) ? 'primary' : 'copy';
    return this.#heads.get(shard) ?? { shard, lineage: 0, offset: 0, unit: '', role, leader: '' };
  }

  save({ shard, lineage, offset, unit, role, leader }: ShardHead): void {
    const before = this.#heads.get(shard);
    if (before !== undefined && lineage < before.lineage) this.onFall?.(shard, before.lineage, lineage);
    this.#heads.set(shard, { shard, lineage, offset, unit, role, leader });
    this.#undoes(() => {
      if (before === undefined) this.#heads.delete(shard);
      else this.#heads.set(shard, before);
    });
  }

  heads(): ShardHead[] {
    return [...this.#heads.values()].sort((left, right) => (left.shard < right.shard ? -1 : 1));
  }

  entries(shard: string): readonly LedgerEntry[] {
    return this.#entries.get(shard) ?? [];
  }

  entryAt(shard: string, offset: number): LedgerEntry | null {
    return this.#entries.get(shard)?.[offset - 1] ?? null;
  }

  entryById(shard: string, account: string, id: string): LedgerEntry | null {
    return this.#byId.get(shard)?.get(account)?.get(id) ?? null;
  }

  entriesAfter(shard: string, after: number, upTo: number, limit: number): LedgerEntry[] {
    return this.#entries.get(shard)?.slice(after, Math.min(upTo, after + limit)) ?? [];
  }

  account(shard: string, account: string): Account {
    return this.#accounts.get(shard)?.get(account) ?? NOBODY;
  }

  accounts(shard: string): ReadonlyMap<string, Account> {
    return this.#accounts.get(shard) ?? new Map();
  }

  append(entry: LedgerEntry, entriesOfAccount: number, head: Omit<ShardHead, 'shard' | 'offset'>): void {
    const { shard, offset, account, id, balance } = entry;
    const entries = mapIn(this.#entries, shard, (): LedgerEntry[] => []);
    if (offset !== entries.length + 1)
      throw new Error(`UNIQUE or gap: shard ${shard} has ${entries.length}, not ${offset}`);
    const ofShard = mapIn(this.#byId, shard, (): EntriesById => new Map());
    const byId = mapIn(ofShard, account, () => new Map<string, LedgerEntry>());
    if (byId.has(id)) throw new Error(`UNIQUE: shard ${shard} has entry ${id} of ${account}`);
    const accounts = mapIn(this.#accounts, shard, () => new Map<string, Account>());
    const before = accounts.get(account);
    entries.push(entry);
    byId.set(id, entry);
    accounts.set(account, { balance, entries: entriesOfAccount });
    this.#undoes(() => {
      entries.pop();
      byId.delete(id);
      if (before === undefined) accounts.delete(account);
      else accounts.set(account, before);
    });
    this.save({ ...head, shard, offset });
    this.onAppend?.(entry, head);
  }

  /** Takes the entries after an offset away, and makes their accounts anew; returns them. */
  cut(shard: string, common: number): LedgerEntry[] {
    const entries = this.#entries.get(shard) ?? [];
    const gone = entries.slice(common);
    if (gone.length === 0) return [];
    const kept = entries.slice(0, common);
    const [oldIds, oldAccounts] = [this.#byId.get(shard), this.#accounts.get(shard)];
    const byId: EntriesById = new Map();
    const accounts = new Map<string, Account>();
    for (const entry of kept) {
      mapIn(byId, entry.account, () => new Map<string, LedgerEntry>()).set(entry.id, entry);
      const count = accounts.get(entry.account)?.entries ?? 0;
      accounts.set(entry.account, { balance: entry.balance, entries: count + 1 });
    }
    this.#entries.set(shard, kept);
    this.#byId.set(shard, byId);
    this.#accounts.set(shard, accounts);
    this.#undoes(() => {
      this.#entries.set(shard, entries);
      if (oldIds !== undefined) this.#byId.set(shard, oldIds);
      if (oldAccounts !== undefined) this.#accounts.set(shard, oldAccounts);
    });
    return gone;
  }
}

/** GateRows without SQLite. */
export class MemoryGateRows {
  readonly #log: MemoryShardLog;
  readonly #kept = new Map<string, KeptVersion>();
  #aside: readonly AsideEntry[] = [];
  readonly #undoes: (undo: Undo) => void;

  constructor(log: MemoryShardLog, undoes: (undo: Undo) => void) {
    this.#log = log;
    this.#undoes = undoes;
  }

  kept(shard: string): KeptVersion | null {
    return this.#kept.get(shard) ?? null;
  }

  keep(shard: string, incarnation: string, epoch: number): void {
    const before = this.#kept.get(shard);
    this.#kept.set(shard, { incarnation, epoch });
    this.#undoes(() => {
      if (before === undefined) this.#kept.delete(shard);
      else this.#kept.set(shard, before);
    });
  }

  setAside(shard: string, common: number, epoch: number): number {
    const gone = this.#log.cut(shard, common);
    const added = gone.map(
      ({ account, id, amount, lineage, offset, epoch: taken, cell, takenAt }): AsideEntry => ({
        ...{ shard, account, id, amount, lineage, offset, epoch: taken, cell, takenAt },
        setAsideEpoch: epoch,
        verdict: '',
      }),
    );
    const keys = new Set(added.map(keyOf));
    this.#setAside([...this.#aside.filter((entry) => !keys.has(keyOf(entry))), ...added]);
    return gone.length;
  }

  owned(entry: Pick<LedgerEntry, 'shard' | 'account' | 'id' | 'amount'>): void {
    if (this.#aside.length === 0) return;
    const key = keyOf(entry);
    this.#setAside(this.#aside.filter((each) => keyOf(each) !== key));
  }

  judge(entry: AsideEntry, verdict: string): void {
    this.#setAside(this.#aside.map((each) => (keyOf(each) === keyOf(entry) ? { ...each, verdict } : each)));
  }

  aside(shard: string | null, limit: number): AsideEntry[] {
    return this.#aside.filter((entry) => shard === null || entry.shard === shard).slice(0, limit);
  }

  asideCount(): number {
    return this.#aside.length;
  }

  #setAside(next: readonly AsideEntry[]): void {
    const before = this.#aside;
    this.#aside = next;
    this.#undoes(() => {
      this.#aside = before;
    });
  }
}

const keyOf = ({ shard, account, id, amount }: Pick<LedgerEntry, 'shard' | 'account' | 'id' | 'amount'>): string =>
  `${shard}\n${account}\n${id}\n${amount}`;

function mapIn<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}
