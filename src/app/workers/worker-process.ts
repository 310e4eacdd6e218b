import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ConnectionCounts, DownMessage, Port, UpMessage } from '../../gateway/workers/worker-message.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { WORKER_COMMAND } from '../workers-config.ts';
import { workerShare } from './worker-share.ts';

export interface WorkerEvents {
  message(worker: WorkerProcess, message: UpMessage): void;
  /** The kernel says that it is dead. Told once, also if it could not be started. */
  died(worker: WorkerProcess, how: string): void;
}

/** `starting`: it is told nothing but how to begin. `known`: it is told of tables, and counts. */
export type WorkerState = 'starting' | 'known' | 'serving' | 'draining' | 'dead';

const PROGRAM = fileURLToPath(new URL('../../../bin/ldc', import.meta.url));

const NO_CONNECTIONS: ConnectionCounts = { door: { open: 0, taken: 0 }, interlink: { open: 0, taken: 0 } };

/** One worker, as its parent sees it. A number is never given to two workers. */
export class WorkerProcess {
  readonly id: number;
  readonly config: GatewayConfig;
  state: WorkerState = 'starting';
  /** Beats that were asked for since it said anything. */
  unanswered = 0;
  readonly #child: ChildProcess;
  readonly #handed: Record<Port, number> = { door: 0, interlink: 0 };
  #connections = NO_CONNECTIONS;

  /** `boot` is the gateway's: a worker is a part of it, and has no record of its own. */
  constructor(id: number, config: GatewayConfig, boot: string, ticketKeys: string | null, events: WorkerEvents) {
    this.id = id;
    this.config = config;
    // The names are for whoever looks at the list of processes.
    this.#child = fork(PROGRAM, [WORKER_COMMAND, config.node, String(id)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let isDead = false;
    const died = (how: string): void => {
      if (isDead) return;
      isDead = true;
      this.state = 'dead';
      events.died(this, how);
    };
    this.#child.once('exit', (code, signal) => died(signal === null ? `exit code ${code}` : `signal ${signal}`));
    // Not started at all: nothing will exit. Other errors are of messages, and whoever sends them hears of it.
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined) died(error.message);
    });
    this.#child.on('message', (message: UpMessage) => this.#take(message, events));
    this.send({ kind: 'begin', config: workerShare(config), boot, worker: id, ticketKeys });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Connections that it has, and those on their way to it. */
  connections(port: Port): number {
    const { open, taken } = this.#connections[port];
    return open + this.#handed[port] - taken;
  }

  /**
   * Whether a connection may be handed to it now. One at a time: Node.js would keep further ones back until the first was taken over,
   * and messages behind them, and forget them if the worker died.
   */
  get mayTake(): boolean {
    if (this.state !== 'serving') return false;
    const { door, interlink } = this.#connections;
    return this.#handed.door === door.taken && this.#handed.interlink === interlink.taken;
  }

  /** A worker that is dead or dying hears nothing; that it is dead will be told. */
  send(message: DownMessage<GatewayConfig>): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Hands an accepted connection over; it is the worker's own from now on. */
  hand(port: Port, socket: Socket): void {
    this.#handed[port] += 1;
    const message: DownMessage = { kind: 'connection', port };
    this.#child.send(message, socket, {}, (error) => {
      // The worker is dying, and will be told dead: the client sees what it would have seen a moment later.
      if (error !== null) socket.destroy();
    });
  }

  /** Ends it at once; `died` follows when it is over. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #take(message: UpMessage, events: WorkerEvents): void {
    this.unanswered = 0;
    if (message.kind === 'connections' || message.kind === 'beat') this.#connections = message.connections;
    events.message(this, message);
  }
}
