import type { Duplex } from 'node:stream';

/** So much text waits at most for the end of a turn; more goes out at once. */
const MAX_PENDING_BYTES = 16 * 1024;

/** Those that have something to write at the end of this turn. */
let waiting: TurnWriter[] = [];

/**
 * Writes of one connection, gathered over a turn of the event loop: the parts of a small message leave in one write, and the writes to
 * all connections leave one behind the other when everything that came was read. A process on the other end then finds many of them at
 * once and is woken once; woken for each, it would cost us more than the write itself.
 */
export class TurnWriter {
  readonly #socket: Duplex;
  /** Latin1. */
  #pending = '';
  #isWaiting = false;
  /** How often something left: what was added before the last time has left. */
  flushes = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** The other end takes no more for now. */
  get isBlocked(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** Characters and bytes that have not left. */
  get length(): number {
    return this.#pending.length + this.#socket.writableLength;
  }

  /** Adds text; latin1. */
  text(text: string): void {
    this.#pending += text;
    if (this.#pending.length > MAX_PENDING_BYTES) this.flush();
    else if (!this.#isWaiting) {
      this.#isWaiting = true;
      if (waiting.push(this) === 1) setImmediate(endTurn);
    }
  }

  /** Writes bytes behind what waits, and `before` and `behind` around them, now: large pieces are not copied. */
  bytes(chunk: Uint8Array, before = '', behind = ''): void {
    const socket = this.#socket;
    this.#pending += before;
    const isAlone = this.#pending === '' && behind === '';
    if (!isAlone) socket.cork();
    this.flush();
    this.flushes += 1;
    socket.write(chunk);
    if (behind !== '') socket.write(behind, 'latin1');
    if (!isAlone) socket.uncork();
  }

  /** Writes what waits, now. */
  flush(): void {
    const text = this.#pending;
    if (text === '') return;
    this.#pending = '';
    this.flushes += 1;
    if (this.#socket.writable) this.#socket.write(text, 'latin1');
  }

  endTurn(): void {
    this.#isWaiting = false;
    this.flush();
  }
}

function endTurn(): void {
  const writers = waiting;
  waiting = [];
  for (const writer of writers) writer.endTurn();
}
