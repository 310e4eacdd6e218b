/**
 * One read at a time, and nobody gets the answer of a read that was sent before he asked: calls made while one is under way share the
 * one after it.
 */
export class SharedRead {
  readonly #read: () => Promise<void>;
  #underWay: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** `read` must not reject. */
  constructor(read: () => Promise<void>) {
    this.#read = read;
  }

  /** Null: there is none. */
  get underWay(): Promise<void> | null {
    return this.#underWay;
  }

  /** Resolves after a read that began after this call. */
  begin(): Promise<void> {
    if (this.#underWay === null) {
      this.#underWay = this.#read().finally(() => {
        this.#underWay = null;
      });
      return this.#underWay;
    }
    this.#next ??= this.#underWay.then(() => {
      this.#next = null;
      return this.begin();
    });
    return this.#next;
  }
}
