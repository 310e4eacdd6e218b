import { Readable } from 'node:stream';

/** Body bytes on their way to undici, which reads them as the instance takes them. */
export class RequestBody extends Readable {
  readonly #wanted: () => void;
  #waiting = false;

  /** `wanted` is called once after each `write` that returned false, as soon as there is room. */
  constructor(highWaterMark: number, wanted: () => void) {
    super({ highWaterMark });
    this.#wanted = wanted;
    // undici destroys the body with an error when the answer came first; that is told by the exchange's own events.
    this.on('error', () => undefined);
  }

  /** False: enough for now. A body that is no longer wanted takes everything and forgets it. */
  write(chunk: Uint8Array): boolean {
    if (this.destroyed || chunk.length === 0) return true;
    this.#waiting = !this.push(chunk);
    return !this.#waiting;
  }

  /** No more body; harmless when repeated. */
  finish(): void {
    if (!this.destroyed && !this.readableEnded) this.push(null);
  }

  override _read(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#wanted();
  }
}
