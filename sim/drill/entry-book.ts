import type { DrillUser } from './drill-user.ts';

export interface WrittenEntry {
  readonly user: DrillUser;
  readonly id: string;
  readonly amount: number;
}

/** What clients wrote and what they were told of it. */
export class EntryBook {
  readonly #acknowledged: WrittenEntry[] = [];
  readonly #unknown: WrittenEntry[] = [];

  acknowledged(entry: WrittenEntry): void {
    this.#acknowledged.push(entry);
  }

  /** The client gave up without a good answer: the entry may be there, or not. */
  unknown(entry: WrittenEntry): void {
    this.#unknown.push(entry);
  }

  /** Everybody who wrote, each once. */
  get users(): readonly DrillUser[] {
    const all = [...this.#acknowledged, ...this.#unknown].map(({ user }) => user);
    return [...new Map(all.map((user) => [user.userId, user])).values()];
  }

  get told(): readonly WrittenEntry[] {
    return this.#acknowledged;
  }

  get untold(): readonly WrittenEntry[] {
    return this.#unknown;
  }
}
