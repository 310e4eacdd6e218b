import type { Socket } from 'node:net';
import { AnswerReader } from '../../wire/answer-reader.ts';
import type { CoarseDeadline, CoarseTimers } from '../../wire/coarse-timers.ts';
import { NOWHERE, type Placed } from '../../wire/placed-list.ts';
import { takeReads } from '../../wire/plain-reads.ts';
import { TurnWriter } from '../../wire/turn-writer.ts';
import type { ConnectionUser } from './connection-user.ts';

/** What a connection tells whoever keeps it. */
export interface ConnectionKeeper {
  /** It is gone, used or idle; once. */
  gone(connection: CellConnection): void;
}

/** One connection to an instance: at most one exchange at a time. */
export class CellConnection implements Placed {
  listedAt = NOWHERE;
  readonly socket: Socket;
  readonly reader: AnswerReader;
  readonly writer: TurnWriter;
  /** The one time limit that runs, of the exchange or of its idleness. */
  readonly limit: CoarseDeadline;
  readonly #keeper: ConnectionKeeper;
  #exchange: ConnectionUser | null = null;
  #isGone = false;

  constructor(socket: Socket, maxHeadBytes: number, timers: CoarseTimers, keeper: ConnectionKeeper) {
    this.socket = socket;
    this.reader = new AnswerReader(maxHeadBytes);
    this.writer = new TurnWriter(socket);
    this.limit = timers.add(() => this.#expired());
    this.#keeper = keeper;
    takeReads(socket, (bytes) => this.#received(bytes));
    socket.on('end', () => this.#ended());
    socket.on('drain', () => this.#exchange?.drained());
    socket.on('error', (error) => this.#lost(error));
    socket.on('close', () => this.#lost(CLOSED));
  }

  /** Requests may be sent on it. */
  get isUsable(): boolean {
    return !this.#isGone && this.socket.writable && !this.socket.readableEnded;
  }

  begin(exchange: ConnectionUser): void {
    this.#exchange = exchange;
  }

  /** The exchange is over and the connection as good as new. */
  release(): void {
    this.#exchange = null;
    this.reader.stop();
  }

  terminate(detail: string): void {
    try {
      this.#exchange?.terminate(detail);
    } catch {
      // Whoever listens has a bug of its own; the exchange was told.
    }
    this.destroy();
  }

  destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#exchange = null;
    this.reader.stop();
    this.limit.drop();
    this.socket.destroy();
    this.#keeper.gone(this);
  }

  #received(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === null) {
      // Nothing was asked.
      this.destroy();
      return;
    }
    if (!exchange.isWritten) {
      // It answers something that was not asked yet.
      this.#lost(UNASKED);
      return;
    }
    try {
      exchange.received();
      this.reader.read(bytes);
      if (this.#exchange === exchange) exchange.wasRead();
    } catch (error) {
      this.#contain(exchange, error);
    }
  }

  #ended(): void {
    const exchange = this.#exchange;
    try {
      if (exchange !== null && this.reader.ended()) return;
    } catch (error) {
      if (exchange !== null) this.#contain(exchange, error);
    }
    this.#lost(ENDED);
  }

  #lost(error: Error): void {
    const exchange = this.#exchange;
    this.destroy();
    try {
      exchange?.lost(error);
    } catch {
      // Whoever listens has a bug of its own; the exchange was told.
    }
  }

  #expired(): void {
    if (this.#exchange === null) this.destroy();
    else this.#exchange.expired();
  }

  /** A receiver's bug ends its own exchange and nothing else. */
  #contain(exchange: ConnectionUser, error: unknown): void {
    try {
      exchange.broke(error);
    } catch {
      // It was told.
    }
  }
}

const CLOSED = new Error('the connection closed');
const UNASKED = new Error('bytes came before a request was sent');
const ENDED = new Error('other side closed');
