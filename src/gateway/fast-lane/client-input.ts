import { beginningText, headEnd, INCOMPLETE, textEnd } from '../wire/head-end.ts';

const CR = 0x0d;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

/** What came from a client and was not used yet. Bytes are lent to it for one turn; `keep` makes what is left its own. */
export class ClientInput {
  #bytes: Buffer | null = null;
  #at = 0;
  /** So many bytes from `#at` on were searched for a head's end in vain. */
  #searched = 0;
  #isLent = false;
  /** What begins at `#at`, if the head's end is in it. */
  #text: string | null = null;

  get isEmpty(): boolean {
    return this.#bytes === null;
  }

  get length(): number {
    return this.#bytes === null ? 0 : this.#bytes.length - this.#at;
  }

  /** The bytes that `at` counts in. */
  get bytes(): Buffer {
    return this.#bytes ?? NOTHING;
  }

  get at(): number {
    return this.#at;
  }

  /** A head has begun, and its end has not come. */
  get isInHead(): boolean {
    return this.#searched > 0;
  }

  append(bytes: Buffer): void {
    this.#text = null;
    this.#isLent = this.#bytes === null;
    this.#bytes = this.#bytes === null ? bytes : Buffer.concat([this.rest(), bytes]);
    this.#at = 0;
  }

  /** What is there may stay, and be handed on; returns it. */
  keep(): Buffer {
    if (this.#isLent && this.#bytes !== null) {
      const own = Buffer.allocUnsafe(this.length);
      this.#bytes.copy(own, 0, this.#at);
      this.#bytes = own;
      this.#at = 0;
    }
    this.#isLent = false;
    return this.rest();
  }

  /** All that is there. */
  rest(): Buffer {
    return this.#at === 0 ? this.bytes : this.bytes.subarray(this.#at);
  }

  /** Where the head ends that begins here, in `bytes`; INCOMPLETE or BARE_LF. Empty lines before it are skipped (RFC 9112 §2.2). */
  findHeadEnd(): number {
    const { bytes } = this;
    while (bytes[this.#at] === CR && bytes[this.#at + 1] === LF) {
      this.#at += 2;
      this.#searched = 0;
    }
    const end = this.#searched === 0 ? this.#textHeadEnd() : headEnd(bytes, this.#at, this.#at + this.#searched);
    if (end !== INCOMPLETE) return end;
    if (this.#at === bytes.length) this.clear();
    else this.#searched = bytes.length - this.#at;
    return end;
  }

  /** The text of the head that was found to end at `end`; more may be behind it. */
  headText(end: number): string {
    return this.#text ?? this.bytes.toString('latin1', this.#at, end);
  }

  #textHeadEnd(): number {
    const text = beginningText(this.bytes, this.#at);
    const end = textEnd(text);
    if (end === INCOMPLETE) return headEnd(this.bytes, this.#at);
    this.#text = text;
    return this.#at + end;
  }

  consume(to: number): void {
    this.#text = null;
    if (to >= this.bytes.length) this.clear();
    else this.#at = to;
    this.#searched = 0;
  }

  clear(): void {
    this.#text = null;
    this.#bytes = null;
    this.#at = 0;
    this.#searched = 0;
  }
}
