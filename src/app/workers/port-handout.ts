import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { PROBE_AFTER_MS } from '../../gateway/lanes/door-server.ts';
import { BoundedLine } from '../../gateway/workers/bounded-line.ts';
import type { Port } from '../../gateway/workers/worker-message.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface PortHandoutParts {
  readonly clock: Clock;
  readonly port: Port;
  /** Most connections over all workers; further ones are closed at once. */
  readonly maxConnections: number;
  readonly maxWaiting: number;
  readonly waitMs: number;
  workers(): readonly WorkerProcess[];
  /** A connection waited for a worker in vain. */
  turnedAway(): void;
}

/** Connections that the system keeps for a process that is busy; bounded by net.core.somaxconn. */
const BACKLOG = 4_096;
/** Not a byte is read here: what came already goes with the socket, and so do its settings. */
const OPTIONS = {
  pauseOnConnect: true,
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: PROBE_AFTER_MS,
} as const;
/** How many connections more a worker may have than the one with the fewest and get the next one all the same. */
const SLACK = 4;
/** A worker that left so many beats unanswered is not waited for. */
const STUCK_BEATS = 2;

/**
 * A port that this process listens on for its workers. The listening socket stays open whatever becomes of them: a connection that
 * the system accepted is never reset because a worker went (docs/decisions/014-workers.md says why not `reusePort`).
 */
export class PortHandout {
  readonly #parts: PortHandoutParts;
  readonly #server: Server;
  readonly #line: BoundedLine<Socket>;

  constructor(parts: PortHandoutParts) {
    this.#parts = parts;
    const { clock, maxWaiting, waitMs } = parts;
    this.#server = createServer(OPTIONS, (socket) => this.#accept(socket));
    this.#line = new BoundedLine({
      clock,
      most: maxWaiting,
      waitMs,
      turnedAway: (socket) => {
        socket.destroy();
        parts.turnedAway();
      },
    });
  }

  /** Connections that wait for a worker. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Resolves to the port. Rejects if it cannot be had. */
  listen(host: string, port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.off('error', reject);
        server.on('error', () => undefined);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** A worker may take a connection again. */
  proceed(): void {
    while (this.#line.length > 0) {
      const worker = this.#leastLoaded();
      if (worker === null) return;
      const socket = this.#line.take();
      if (socket !== undefined && !socket.destroyed) worker.hand(this.#parts.port, socket);
    }
  }

  /** Accepts no more; who waits is turned away. */
  close(): void {
    this.#server.close();
    this.#line.close();
  }

  #accept(socket: Socket): void {
    const { port, maxConnections, workers } = this.#parts;
    socket.on('error', () => socket.destroy());
    const open = workers().reduce((sum, worker) => sum + worker.connections(port), this.#line.length);
    if (open >= maxConnections) {
      socket.destroy();
      return;
    }
    this.#line.join(socket);
    this.proceed();
  }

  /**
   * The one with the fewest connections. If that one is busy with the one before, another, but not one that has many more: the quick
   * ones would get them all. Null while none may take one.
   */
  #leastLoaded(): WorkerProcess | null {
    const { port, workers } = this.#parts;
    let least: WorkerProcess | null = null;
    let fewest = Number.POSITIVE_INFINITY;
    for (const worker of workers()) {
      if (worker.unanswered >= STUCK_BEATS) continue;
      const connections = worker.connections(port);
      fewest = Math.min(fewest, connections);
      if (worker.mayTake && (least === null || connections < least.connections(port))) least = worker;
    }
    return least !== null && least.connections(port) <= fewest + SLACK ? least : null;
  }
}
