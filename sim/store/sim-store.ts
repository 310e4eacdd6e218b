import type {
  StoreCondition,
  StoreEntry,
  StoreSnapshot,
  StoreWrite,
  TransactionResult,
} from '../../src/store/coord-store.ts';

interface Cell {
  readonly value: string;
  readonly version: string;
}

/** A transaction that took effect. */
export interface Commit {
  /** ID of the process that sent it. */
  readonly by: string;
  readonly conditions: readonly StoreCondition[];
  readonly writes: readonly StoreWrite[];
  readonly revision: number;
}

/** The truth of the coordination store: one revision after the other, each at one instant. */
export class SimStore {
  /** By the first part of the key, so that a snapshot of a prefix does not look at all keys. */
  readonly #folders = new Map<string, Map<string, Cell>>();
  readonly #onCommit: (commit: Commit) => void;
  #revision = 0;

  constructor(onCommit: (commit: Commit) => void) {
    this.#onCommit = onCommit;
  }

  /** What it holds now, apart from what it becomes: a backup. */
  copy(): SimStore {
    const copy = new SimStore(() => undefined);
    for (const [name, folder] of this.#folders) copy.#folders.set(name, new Map(folder));
    copy.#revision = this.#revision;
    return copy;
  }

  get revision(): number {
    return this.#revision;
  }

  get(key: string): string | null {
    return this.#folder(key).get(key)?.value ?? null;
  }

  read(keys: readonly string[]): StoreSnapshot {
    const entries: StoreEntry[] = [];
    for (const key of inOrder(keys)) {
      const cell = this.#folder(key).get(key);
      if (cell !== undefined) entries.push({ key, value: cell.value, version: cell.version });
    }
    return { entries, revision: String(this.#revision) };
  }

  snapshot(prefix: string): StoreSnapshot {
    const entries: StoreEntry[] = [];
    const folders = prefix.includes('/') ? [this.#folder(prefix)] : [...this.#folders.values()];
    for (const folder of folders)
      for (const [key, { value, version }] of folder) if (key.startsWith(prefix)) entries.push({ key, value, version });
    if (!entries.every(({ key }, index) => index === 0 || (entries[index - 1] as StoreEntry).key < key))
      entries.sort((left, right) => (left.key < right.key ? -1 : 1));
    return { entries, revision: String(this.#revision) };
  }

  transact(by: string, conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): TransactionResult {
    const holds = conditions.every(({ key, version }) => (this.#folder(key).get(key)?.version ?? null) === version);
    if (!holds) return { kind: 'conflict', entries: this.read(conditions.map(({ key }) => key)).entries };
    this.#revision += 1;
    for (const { key, value } of writes) {
      const folder = this.#folder(key);
      if (value === null) folder.delete(key);
      else folder.set(key, { value, version: String(this.#revision) });
    }
    this.#onCommit({ by, conditions, writes, revision: this.#revision });
    return { kind: 'committed', revision: String(this.#revision) };
  }

  #folder(key: string): Map<string, Cell> {
    const name = key.slice(0, key.indexOf('/') + 1);
    const known = this.#folders.get(name);
    if (known !== undefined) return known;
    const folder = new Map<string, Cell>();
    this.#folders.set(name, folder);
    return folder;
  }
}

/** Most questions are for one key, or for two in order. */
function inOrder(keys: readonly string[]): readonly string[] {
  if (keys.length === 1 || (keys.length === 2 && (keys[0] as string) < (keys[1] as string))) return keys;
  return [...keys].sort();
}
