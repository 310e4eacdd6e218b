const FEWEST_SLOTS = 64;

/**
 * The open streams of one connection by number. Not a `Map`: streams come and go with every request, and a used-up table of a `Map` that
 * grew old would keep all later ones alive, with their requests (placed-list.ts tells how). Numbers that follow each other stand in slots
 * that follow each other; one whose slot is taken stands in the next free one (Knuth, TAOCP vol. 3, 6.4, algorithms L and R). At most
 * half of the slots are taken; they are never given back, so that there are at most four for each of the most streams at once.
 */
export class StreamTable<Stream extends { readonly id: number }> {
  #slots: (Stream | null)[] = emptySlots(FEWEST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): Stream | undefined {
    return this.#slots[this.#find(id)] ?? undefined;
  }

  /** The number must not be in use. */
  add(stream: Stream): void {
    if ((this.#size + 1) * 2 > this.#slots.length) this.#grow();
    this.#slots[this.#find(stream.id)] = stream;
    this.#size += 1;
  }

  /** False if there is none of this number. */
  delete(id: number): boolean {
    const at = this.#find(id);
    if (this.#slots[at] === null) return false;
    this.#slots[at] = null;
    this.#size -= 1;
    this.#closeGap(at);
    return true;
  }

  /** All, for whoever lets some go meanwhile. */
  toArray(): Stream[] {
    return this.#slots.filter((stream) => stream !== null);
  }

  clear(): void {
    this.#slots = emptySlots(FEWEST_SLOTS);
    this.#size = 0;
  }

  /** Where the stream of this number is, or would be. */
  #find(id: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = id & mask;
    for (let found = slots[at]; found != null && found.id !== id; found = slots[at]) at = (at + 1) & mask;
    return at;
  }

  /** Those behind a slot that became free move up as far as they may: a search ends at the first free slot. */
  #closeGap(from: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let gap = from;
    let at = (gap + 1) & mask;
    for (let stream = slots[at]; stream != null; stream = slots[at]) {
      const isHomeBeforeGap = ((at - (stream.id & mask)) & mask) >= ((at - gap) & mask);
      if (isHomeBeforeGap) {
        slots[gap] = stream;
        slots[at] = null;
        gap = at;
      }
      at = (at + 1) & mask;
    }
  }

  #grow(): void {
    const streams = this.toArray();
    this.#slots = emptySlots(this.#slots.length * 2);
    for (const stream of streams) this.#slots[this.#find(stream.id)] = stream;
  }
}

const emptySlots = (count: number): null[] => new Array<null>(count).fill(null);
