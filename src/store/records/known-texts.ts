/**
 * What texts were read as, for those that are read again and again: a record that nobody changed is not parsed, checked and hashed each
 * time that somebody looks. Whatever is handed out is shared, so it must never be changed. A text that `read` throws for is not kept.
 */
export class KnownTexts<T> {
  readonly #most: number;
  /** Two generations: what is used moves to the young one, and the old one is forgotten when the young one is full. */
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** At least the `most` texts that were used last are known, never more than twice as many. */
  constructor(most: number) {
    this.#most = most;
  }

  /** What `read` makes of the text, or made of it; passes on what `read` throws. */
  of(text: string, read: (text: string) => T): T {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const value = this.#old.get(text) ?? read(text);
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, value);
    return value;
  }
}
