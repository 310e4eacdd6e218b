import { headEnd, INCOMPLETE } from '../wire/head-end.ts';

const CR = 0x0d;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

/** What came from a client and was not used yet. */
export class ClientInput {
  #bytes: Buffer | null = null;
  #at = 0;
  /** So many bytes from `#at` on were searched for a head's end in vain. */
  #searched = 0;

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
    this.#bytes = this.#bytes === null ? bytes : Buffer.concat([this.rest(), bytes]);
    this.#at = 0;
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
    const end = headEnd(bytes, this.#at, this.#at + this.#searched);
    if (end !== INCOMPLETE) return end;
    if (this.#at === bytes.length) this.clear();
    else this.#searched = bytes.length - this.#at;
    return end;
  }

  consume(to: number): void {
    if (to >= this.bytes.length) this.clear();
    else this.#at = to;
    this.#searched = 0;
  }

  clear(): void {
    this.#bytes = null;
    this.#at = 0;
    this.#searched = 0;
  }
}
