import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../core/clock.ts';
import type { ConnectionCounts, Port } from '../../gateway/workers/worker-message.ts';

/** Connections that closed are told after this; those that were taken over at once, because the next one waits for it. */
const CLOSED_AFTER_MS = 50;

/** The connections that a worker took over, counted for its parent. */
export class WorkerConnections {
  readonly #clock: Clock;
  readonly #tell: (counts: ConnectionCounts) => void;
  readonly #counts = { door: { open: 0, taken: 0 }, interlink: { open: 0, taken: 0 } };
  #timer: Timer | null = null;

  constructor(clock: Clock, tell: (counts: ConnectionCounts) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  get counts(): ConnectionCounts {
    return { door: { ...this.#counts.door }, interlink: { ...this.#counts.interlink } };
  }

  /** A connection came; undefined if it was gone before it could be passed on. */
  take(port: Port, socket: Socket | undefined): void {
    const count = this.#counts[port];
    count.taken += 1;
    if (socket !== undefined) {
      count.open += 1;
      socket.once('close', () => {
        count.open -= 1;
        this.#timer ??= this.#clock.setTimer(CLOSED_AFTER_MS, () => this.#now());
      });
    }
    this.#now();
  }

  #now(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#tell(this.counts);
  }
}
