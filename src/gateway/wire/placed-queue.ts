import { NOWHERE, type Placed } from './placed-list.ts';

const FEWEST_PLACES = 64;

/** Members in the order in which they came; each stands in it once, and anyone can leave. Not a `Set`: see placed-list.ts. */
export class PlacedQueue<Member extends Placed> {
  #places: (Member | null)[] = [];
  /** The first and the last place that are in use; those who left in between are null. */
  #first = 0;
  #end = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Harmless when repeated. */
  add(member: Member): void {
    if (member.listedAt !== NOWHERE) return;
    if (this.#end >= FEWEST_PLACES && this.#end >= this.#size * 2) this.#moveUp();
    member.listedAt = this.#end;
    this.#places[this.#end] = member;
    this.#end += 1;
    this.#size += 1;
  }

  /** Harmless if it is not in the queue. */
  delete(member: Member): void {
    if (member.listedAt === NOWHERE) return;
    this.#places[member.listedAt] = null;
    member.listedAt = NOWHERE;
    this.#size -= 1;
    if (this.#size > 0) return;
    this.#first = 0;
    this.#end = 0;
  }

  /** The first, which is not in the queue any more; null: nobody waits. */
  take(): Member | null {
    if (this.#size === 0) return null;
    let member = this.#places[this.#first] ?? null;
    while (member === null) {
      this.#first += 1;
      member = this.#places[this.#first] ?? null;
    }
    this.delete(member);
    return member;
  }

  /** All, for whoever lets some come or go meanwhile. */
  toArray(): Member[] {
    return this.#places.slice(this.#first, this.#end).filter((member) => member !== null);
  }

  clear(): void {
    for (let member = this.take(); member !== null; member = this.take());
    this.#places = [];
  }

  #moveUp(): void {
    const waiting = this.toArray();
    waiting.forEach((member, place) => {
      member.listedAt = place;
    });
    this.#places = waiting;
    this.#first = 0;
    this.#end = waiting.length;
  }
}
