import type { Placed } from '../wire/placed-list.ts';
import { PlacedQueue } from '../wire/placed-queue.ts';
import type { ByteConnection } from './byte-connection.ts';

/** A stream's body that waits to be sent. */
export interface BodySource extends Placed {
  /** Hands over at most one DATA frame (or END) through `send`; true: there is more that may be sent now. */
  pull(send: (frame: Buffer) => void): boolean;
}

/**
 * What goes out on one connection. All the frames of a turn of the event loop go in one write. Frames about streams and
 * the connection go first; bodies take turns, a frame each, so a long one never delays a short one by more than a round.
 * When the peer does not read, bodies stay where they are and only small frames queue here, up to a limit.
 */
export class Outbox {
  readonly #connection: ByteConnection;
  readonly #batchBytes: number;
  readonly #maxQueuedBytes: number;
  readonly #onOverflow: () => void;
  readonly #onSent: (bytes: number) => void;
  readonly #onFailed: (error: unknown) => void;
  readonly #sources = new PlacedQueue<BodySource>();
  #frames: Buffer[] = [];
  #bytes = 0;
  #queued = 0;
  #sent = 0;
  #scheduled = false;
  #blocked = false;
  #closed = false;

  constructor(
    connection: ByteConnection,
    limits: { readonly batchBytes: number; readonly maxQueuedBytes: number },
    on: { overflow(): void; sent(bytes: number): void; failed(error: unknown): void },
  ) {
    this.#connection = connection;
    this.#batchBytes = limits.batchBytes;
    this.#maxQueuedBytes = limits.maxQueuedBytes;
    this.#onOverflow = () => on.overflow();
    this.#onSent = (bytes) => on.sent(bytes);
    this.#onFailed = (error) => on.failed(error);
  }

  /** Queues a frame; returns its number, for `hasLeft`. */
  send(frame: Buffer): number {
    this.#push(frame);
    if (this.#bytes > this.#maxQueuedBytes && this.#blocked) this.#onOverflow();
    else this.#schedule();
    return this.#queued;
  }

  /** Whether the frame may have reached the network: false is a proof that the peer never sees it. */
  hasLeft(frameNumber: number): boolean {
    return frameNumber <= this.#sent;
  }

  /** The source has something that it may send; it is asked at its turn. */
  ready(source: BodySource): void {
    this.#sources.add(source);
    this.#schedule();
  }

  forget(source: BodySource): void {
    this.#sources.delete(source);
  }

  /** The connection takes bytes again. */
  drained(): void {
    this.#blocked = false;
    this.#schedule();
  }

  /**
   * Writes only these last words, whether the connection wants them or not. What is still queued is dropped on purpose:
   * a HEAD that never left can be sent again elsewhere.
   */
  closeWith(lastFrame: Buffer): void {
    if (this.#closed) return;
    this.close();
    this.#connection.write(lastFrame);
    this.#onSent(lastFrame.length);
  }

  close(): void {
    this.#closed = true;
    this.#sources.clear();
    this.#frames = [];
    this.#bytes = 0;
  }

  #push(frame: Buffer): void {
    this.#queued += 1;
    if (this.#closed) return;
    this.#frames.push(frame);
    this.#bytes += frame.length;
  }

  #schedule(): void {
    if (this.#scheduled || this.#blocked || this.#closed) return;
    if (this.#bytes === 0 && this.#sources.isEmpty) return;
    this.#scheduled = true;
    this.#connection.defer(() => {
      this.#scheduled = false;
      if (this.#blocked || this.#closed) return;
      try {
        this.#flush();
      } catch (error) {
        this.#onFailed(error);
      }
    });
  }

  #flush(): void {
    const full = this.#bytes + this.#batchBytes;
    const send = (frame: Buffer) => this.#push(frame);
    while (this.#bytes < full) {
      const source = this.#sources.take();
      if (source === null) break;
      if (source.pull(send)) this.#sources.add(source);
    }
    this.#write();
    this.#schedule();
  }

  #write(): void {
    const [first] = this.#frames;
    if (first === undefined || this.#closed) return;
    const bytes = this.#frames.length === 1 ? first : Buffer.concat(this.#frames, this.#bytes);
    this.#frames = [];
    this.#bytes = 0;
    this.#sent = this.#queued;
    if (!this.#connection.write(bytes)) this.#blocked = true;
    this.#onSent(bytes.length);
  }
}
