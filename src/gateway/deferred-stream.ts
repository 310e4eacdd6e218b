import type { HeaderList, UpstreamStream } from './upstream.ts';

/**
 * Stands in for a stream that cannot be opened yet. Nothing may be written before `admitted`, so what it has to keep is at most
 * what is written between that event and `follow`, in the same turn: `write` says "enough" at once.
 */
export class DeferredStream implements UpstreamStream {
  #stream: UpstreamStream | null = null;
  #paused = false;
  #cancelled = false;
  readonly #kept: Uint8Array[] = [];
  #end: { readonly trailers: HeaderList } | null = null;

  get isCancelled(): boolean {
    return this.#cancelled;
  }

  /** `drained` is called if something was kept and the stream can take more at once. */
  follow(stream: UpstreamStream, drained: () => void): void {
    this.#stream = stream;
    if (this.#cancelled) {
      stream.cancel();
      return;
    }
    if (this.#paused) stream.pause();
    const kept = this.#kept.splice(0);
    const isWritable = kept.map((chunk) => stream.write(chunk)).every(Boolean);
    if (this.#end !== null) stream.end(this.#end.trailers);
    else if (kept.length > 0 && isWritable) drained();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#stream !== null) return this.#stream.write(chunk);
    this.#kept.push(chunk);
    return false;
  }

  end(trailers: HeaderList = []): void {
    if (this.#stream !== null) this.#stream.end(trailers);
    else this.#end = { trailers };
  }

  cancel(): void {
    this.#cancelled = true;
    this.#kept.length = 0;
    this.#stream?.cancel();
  }

  pause(): void {
    this.#paused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream?.resume();
  }
}
