import type { Framing } from '../message/request-head.ts';
import type { HeaderList } from '../upstream.ts';
import { ChunkReader, type TakeBytes } from '../wire/chunk-reader.ts';

const NO_TRAILERS: HeaderList = Object.freeze([]);

/** The body of one request, whatever its framing. */
export class RequestBodyReader {
  readonly #chunks: ChunkReader | null;
  #left: number;

  constructor(framing: Framing) {
    this.#chunks = framing === 'chunked' ? new ChunkReader() : null;
    this.#left = typeof framing === 'number' ? framing : 0;
  }

  get isOver(): boolean {
    return this.#chunks === null ? this.#left === 0 : this.#chunks.isOver;
  }

  /** Why it cannot be read on; null while it can. */
  get fault(): string | null {
    return this.#chunks?.fault ?? null;
  }

  get trailers(): HeaderList {
    return this.#chunks?.trailers ?? NO_TRAILERS;
  }

  /** Returns where it stopped: at the end, at a fault, or when `take` had enough. */
  read(bytes: Buffer, at: number, take: TakeBytes): number {
    if (this.#chunks !== null) return this.#chunks.read(bytes, at, take);
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    if (end > at) take(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    return end;
  }
}
