/** A member of at most one list. */
export interface Placed {
  /** Where it stands in its list; NOWHERE: in none. Only the list writes it. */
  listedAt: number;
}

export const NOWHERE = -1;

/**
 * Members in no order, each of which knows its place: to come and to go is to write down a number. A `Set` would do the same, but not for
 * members that come and go with every request: when it has seen enough of them V8 makes it a new table, and the used-up one goes on to
 * point to the new one. One table that lived long enough to be taken for old keeps all later ones alive, and with them every request that
 * was in one, until the next full collection; each small collection copies them all. It has cost a third of a POST's processor time.
 */
export class PlacedList<Member extends Placed> {
  readonly #all: Member[] = [];

  get size(): number {
    return this.#all.length;
  }

  /** Harmless when repeated. */
  add(member: Member): void {
    if (this.#all[member.listedAt] !== member) member.listedAt = this.#all.push(member) - 1;
  }

  /** False if it was not in the list. */
  delete(member: Member): boolean {
    const { listedAt } = member;
    if (this.#all[listedAt] !== member) return false;
    const last = this.#all.pop();
    if (last !== undefined && last !== member) {
      this.#all[listedAt] = last;
      last.listedAt = listedAt;
    }
    member.listedAt = NOWHERE;
    return true;
  }

  /** Those that are in it now, for whoever lets some come or go meanwhile. */
  toArray(): Member[] {
    return [...this.#all];
  }

  /** Nobody may come or go meanwhile. */
  [Symbol.iterator](): IterableIterator<Member> {
    return this.#all[Symbol.iterator]();
  }
}
