import type { ByteConnection, ByteConnectionEvents } from '../../src/gateway/interlink/byte-connection.ts';
import type { DialAnswer, Dialer, InterlinkTarget } from '../../src/gateway/interlink/interlink-target.ts';
import type { PeerIdentity } from '../../src/gateway/interlink/peer-identity.ts';

/** One end of a connection in memory. */
export class PipeEnd implements ByteConnection {
  readonly #network: PipeNetwork;
  readonly #pieceBytes: () => number;
  events: ByteConnectionEvents | null = null;
  /** What was written here and has not arrived at the other end. */
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  #wantsDrain = false;
  #closing = false;
  isClosed = false;
  /** Nothing that is written here arrives as long as this is true. */
  isStalled = false;
  bytesWritten = 0;
  writes = 0;
  /** From here on, `write` returns false. */
  highWaterBytes = 65_536;

  constructor(network: PipeNetwork, pieceBytes: () => number) {
    this.#network = network;
    this.#pieceBytes = pieceBytes;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  start(events: ByteConnectionEvents): void {
    this.events = events;
  }

  write(bytes: Buffer): boolean {
    if (this.isClosed || this.#closing) return true;
    this.writes += 1;
    this.bytesWritten += bytes.length;
    this.#unsent.push(bytes);
    this.#unsentBytes += bytes.length;
    this.#wantsDrain = this.#unsentBytes >= this.highWaterBytes;
    return !this.#wantsDrain;
  }

  defer(run: () => void): void {
    this.#network.defer(run);
  }

  close(): void {
    this.#closing = true;
  }

  /** Ends this end without another word. */
  cut(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#unsent = [];
    this.events?.closed(reason);
  }

  /** Moves one piece to `other`; false if there was nothing to do. */
  step(other: PipeEnd): boolean {
    if (this.isClosed || this.isStalled) return false;
    const [first] = this.#unsent;
    if (first === undefined) return this.#stepEmpty(other);
    const piece = first.subarray(0, Math.max(1, this.#pieceBytes()));
    if (piece.length === first.length) this.#unsent.shift();
    else this.#unsent[0] = first.subarray(piece.length);
    this.#unsentBytes -= piece.length;
    if (!other.isClosed) other.events?.data(Buffer.from(piece));
    return true;
  }

  #stepEmpty(other: PipeEnd): boolean {
    if (this.#closing) {
      this.cut('closed here');
      other.cut('closed by the peer');
      return true;
    }
    if (!this.#wantsDrain) return false;
    this.#wantsDrain = false;
    this.events?.drain();
    return true;
  }
}

/** Connections in memory that move only when a test says `run`: no socket, no time, the same order every time. */
export class PipeNetwork implements Dialer {
  /** How many bytes the next piece has; a test may draw it. */
  pieceBytes: () => number = () => Number.MAX_SAFE_INTEGER;
  /** Takes a dialled connection on the other side; null: nobody listens. */
  listener: ((connection: PipeEnd, proven: PeerIdentity) => void) | null = null;
  /** Who the dialler is, and who answers, by their certificates. */
  dialler: PeerIdentity;
  answers: PeerIdentity;
  readonly pipes: { readonly near: PipeEnd; readonly far: PipeEnd }[] = [];
  #deferred: (() => void)[] = [];

  constructor(dialler: PeerIdentity, answers: PeerIdentity) {
    this.dialler = dialler;
    this.answers = answers;
  }

  /** The newest connection. */
  get last(): { readonly near: PipeEnd; readonly far: PipeEnd } {
    const pipe = this.pipes.at(-1);
    if (pipe === undefined) throw new Error('nobody dialled');
    return pipe;
  }

  defer(run: () => void): void {
    this.#deferred.push(run);
  }

  dial(_target: InterlinkTarget, answer: (answer: DialAnswer) => void): { cancel(): void } {
    let isOpen = true;
    this.defer(() => {
      if (!isOpen) return;
      if (this.listener === null) return answer({ error: 'connection refused' });
      const pipe = this.connect();
      this.listener(pipe.far, this.dialler);
      answer({ connection: pipe.near, proven: this.answers });
    });
    return {
      cancel: () => {
        isOpen = false;
      },
    };
  }

  /** A connection whose ends nobody has yet. */
  connect(): { readonly near: PipeEnd; readonly far: PipeEnd } {
    const piece = () => this.pieceBytes();
    const pipe = { near: new PipeEnd(this, piece), far: new PipeEnd(this, piece) };
    this.pipes.push(pipe);
    return pipe;
  }

  /** Moves everything until nothing moves any more. */
  run(): void {
    for (let steps = 0; steps < 200_000; steps += 1) if (!this.step()) return;
    throw new Error('the network does not come to rest');
  }

  /** One turn: what was deferred, then a piece in each direction of each connection. */
  step(): boolean {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const run of deferred) run();
    let moved = deferred.length > 0;
    for (const { near, far } of this.pipes) {
      if (near.step(far)) moved = true;
      if (far.step(near)) moved = true;
    }
    return moved;
  }
}
