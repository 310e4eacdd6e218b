import type { Socket } from 'node:net';
import type { UpstreamFailure } from '../../upstream.ts';
import type { CoarseTimers } from '../../wire/coarse-timers.ts';
import { type Placed, PlacedList } from '../../wire/placed-list.ts';
import { PlacedQueue } from '../../wire/placed-queue.ts';
import type { CellSettings } from '../cell-settings.ts';
import { exchangeFailure } from '../exchange-failure.ts';
import type { InstanceConnector } from '../instance-connector.ts';
import { CellConnection, type ConnectionKeeper } from './cell-connection.ts';

/** Who wants a connection. */
export interface ConnectionSeeker extends Placed {
  /** It has no use for one any more. */
  readonly isSettled: boolean;
  connected(connection: CellConnection): void;
  unconnected(failure: UpstreamFailure): void;
  /** The instance was taken away. */
  terminate(detail: string): void;
}

/** The connections to one instance: used ones, idle ones, attempts, and the exchanges that wait for one. */
export class CellSockets implements ConnectionKeeper {
  readonly timers: CoarseTimers;
  readonly #connector: InstanceConnector;
  readonly #settings: CellSettings;
  readonly #all = new PlacedList<CellConnection>();
  /** The last one used comes first: the others may go. */
  readonly #idle: CellConnection[] = [];
  readonly #waiting = new PlacedQueue<ConnectionSeeker>();
  /** Those whose connection is made for them alone. */
  readonly #connecting = new Set<ConnectionSeeker>();
  #attempts = 0;
  #isClosed = false;

  constructor(connector: InstanceConnector, settings: CellSettings, timers: CoarseTimers) {
    this.#connector = connector;
    this.#settings = settings;
    this.timers = timers;
  }

  /** Established connections, idle ones included. */
  get size(): number {
    return this.#all.size;
  }

  /** An idle connection, now; null: `wait` for one. One that the instance has closed meanwhile is not used. */
  take(): CellConnection | null {
    for (let found = this.#idle.pop(); found !== undefined; found = this.#idle.pop()) {
      if (found.isUsable) {
        found.limit.stop();
        return found;
      }
      found.destroy();
    }
    return null;
  }

  /** The exchange gets a connection by `connected`, or hears `unconnected`. */
  wait(exchange: ConnectionSeeker): void {
    if (this.#isClosed) {
      exchange.unconnected({ code: 'CONNECT_FAILED', executed: 'no', detail: 'the instance was taken away' });
      return;
    }
    this.#waiting.add(exchange);
    this.#connectMore();
  }

  /** The same with a connection of its own, which nobody has used before. */
  connect(exchange: ConnectionSeeker): void {
    this.#connecting.add(exchange);
    this.#connector(null, (error: Error | null, socket: Socket | null) => {
      this.#connecting.delete(exchange);
      if (socket === null) exchange.unconnected(exchangeFailure(error, { written: false, answered: false }));
      else if (exchange.isSettled) socket.destroy();
      else exchange.connected(this.#keep(socket));
    });
  }

  leave(exchange: ConnectionSeeker): void {
    this.#waiting.delete(exchange);
  }

  /** Its exchange is over; `idleMs`: how long it may be kept. */
  giveBack(connection: CellConnection, idleMs: number): void {
    connection.release();
    if (this.#isClosed || !connection.isUsable) {
      connection.destroy();
      return;
    }
    const next = this.#waiting.take();
    if (next !== null) {
      next.connected(connection);
      return;
    }
    connection.limit.start(idleMs);
    this.#idle.push(connection);
  }

  /** Ends all connections that no exchange uses, and makes no more. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  /** Ends all, and whatever runs on them or waits for them. */
  terminate(detail: string): void {
    this.close();
    for (const exchange of [...this.#waiting.toArray(), ...this.#connecting]) exchange.terminate(detail);
    for (const connection of this.#all.toArray()) connection.terminate(detail);
  }

  #connectMore(): void {
    const { maxConnectionsPerInstance } = this.#settings;
    while (this.#attempts < this.#waiting.size && this.#all.size + this.#attempts < maxConnectionsPerInstance) {
      this.#attempts += 1;
      this.#connector(null, (error: Error | null, socket: Socket | null) => {
        this.#attempts -= 1;
        if (socket !== null) this.#connected(socket);
        else if (error !== null) this.#failed(error);
      });
    }
  }

  #connected(socket: Socket): void {
    if (this.#isClosed && this.#waiting.size === 0) {
      socket.destroy();
      return;
    }
    this.giveBack(this.#keep(socket), this.#settings.keepAliveIdleMs);
  }

  #keep(socket: Socket): CellConnection {
    const connection = new CellConnection(socket, this.#settings.maxResponseHeadBytes, this.timers, this);
    this.#all.add(connection);
    return connection;
  }

  #failed(error: Error): void {
    const failure = exchangeFailure(error, { written: false, answered: false });
    // Others wait for attempts of their own.
    if (this.#waiting.size > this.#attempts) this.#waiting.take()?.unconnected(failure);
  }

  gone(connection: CellConnection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    if (this.#waiting.size > 0 && !this.#isClosed) this.#connectMore();
  }
}
