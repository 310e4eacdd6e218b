import type { Socket } from 'node:net';
import type { Passage } from './link-faults.ts';

/** Bytes that wait for their delay; above it the source is not read. */
const MOST_WAITING = 1024 * 1024;

interface Waiting {
  readonly bytes: Buffer | 'end';
  readonly dueMs: number;
}

/**
 * Copies one direction of a connection, late or not at all: cut means that no byte moves and none is lost, as on a line that
 * comes back before TCP gives up. Bounded: what is not passed on is not read.
 */
export class DelayedPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #passage: () => Passage;
  readonly #waiting: Waiting[] = [];
  #size = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(from: Socket, to: Socket, passage: () => Passage) {
    this.#from = from;
    this.#to = to;
    this.#passage = passage;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#take('end'));
    to.on('drain', () => this.update());
    this.update();
  }

  /** To be called when the faults of links changed. */
  update(): void {
    this.#flush();
    const { isCut } = this.#passage();
    if (isCut || this.#size > MOST_WAITING || this.#to.writableNeedDrain) this.#from.pause();
    else this.#from.resume();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting.length = 0;
  }

  #take(bytes: Buffer | 'end'): void {
    this.#waiting.push({ bytes, dueMs: performance.now() + this.#passage().delayMs });
    this.#size += bytes === 'end' ? 0 : bytes.length;
    this.update();
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#passage().isCut) return;
    const now = performance.now();
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.dueMs > now) {
        this.#timer = setTimeout(() => this.update(), next.dueMs - now);
        return;
      }
      this.#waiting.shift();
      if (next.bytes === 'end') this.#to.end();
      else {
        this.#size -= next.bytes.length;
        if (!this.#to.destroyed) this.#to.write(next.bytes);
      }
    }
  }
}
