import { NOWHERE, type Placed } from '../wire/placed-list.ts';

/** A stream's body that waits to be sent. */
export interface BodySource extends Placed {
  /** Hands over at most one DATA frame (or END) through `send`; true: there is more that may be sent now. */
  pull(send: (frame: Buffer) => void): boolean;
}

const FEWEST_PLACES = 64;

/** Bodies in the order in which they take their turn; each stands in it once. Not a `Set`: see placed-list.ts. */
export class BodyQueue {
  #places: (BodySource | null)[] = [];
  /** The first and the last place that are in use; those who left in between are null. */
  #first = 0;
  #end = 0;
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Harmless when repeated. */
  add(source: BodySource): void {
    if (source.listedAt !== NOWHERE) return;
    if (this.#end >= FEWEST_PLACES && this.#end >= this.#size * 2) this.#moveUp();
    source.listedAt = this.#end;
    this.#places[this.#end] = source;
    this.#end += 1;
    this.#size += 1;
  }

  /** Harmless if it is not in the queue. */
  delete(source: BodySource): void {
    if (source.listedAt === NOWHERE) return;
    this.#places[source.listedAt] = null;
    source.listedAt = NOWHERE;
    this.#size -= 1;
    if (this.#size > 0) return;
    this.#first = 0;
    this.#end = 0;
  }

  /** The first, which is not in the queue any more; null: nobody waits. */
  take(): BodySource | null {
    if (this.#size === 0) return null;
    let source = this.#places[this.#first] ?? null;
    while (source === null) {
      this.#first += 1;
      source = this.#places[this.#first] ?? null;
    }
    this.delete(source);
    return source;
  }

  clear(): void {
    for (let source = this.take(); source !== null; source = this.take());
    this.#places = [];
  }

  #moveUp(): void {
    const waiting = this.#places.slice(this.#first, this.#end).filter((source) => source !== null);
    waiting.forEach((source, place) => {
      source.listedAt = place;
    });
    this.#places = waiting;
    this.#first = 0;
    this.#end = waiting.length;
  }
}
