import type { Server as NetServer, Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { ErrorCode } from '../../errors.ts';
import { createProxyParser } from '../message/proxy-protocol.ts';
import { AddressLimit } from '../overload/address-limit.ts';
import { NOWHERE, type Placed, PlacedList } from '../wire/placed-list.ts';
import type { DoorObserver } from './door-observer.ts';

export interface DoorConnectionsParts {
  readonly clock: Clock;
  /** Connections begin with a PROXY header, and whoever sends none is refused. */
  readonly proxyProtocol: boolean;
  /** The server begins TLS on the connections. */
  readonly isTls: boolean;
  /** Longest wait for that header, ms. */
  readonly headMs: number;
  /** Most connections of one client's address: the announced one where there is a PROXY header. */
  readonly maxPerAddress: number;
  readonly observer: DoorObserver;
  onMalformed(code: ErrorCode): void;
}

/** What a door knows of one connection. */
interface OpenSocket extends Placed {
  readonly socket: Socket;
  /** It was counted under this address; null while it was not. */
  address: string | null;
}

/** A lane behind another one keeps the same sockets too: each has a key of its own. */
type KeptSocket = Socket & { [key: symbol]: OpenSocket | undefined };

/**
 * The TCP connections of a door, below TLS and HTTP: who is connected, so that a drain can end them whatever they are doing,
 * and the PROXY protocol in front of what the HTTP server reads.
 */
export class DoorConnections {
  readonly #parts: DoorConnectionsParts;
  /** One entry is all that an idle connection costs here. */
  readonly #open = new PlacedList<OpenSocket>();
  readonly #key = Symbol('open connection');
  readonly #addresses: AddressLimit;
  /** Announced client addresses by the connection's remote end: TLS hides the socket from whoever has the request. */
  readonly #announced = new Map<string, string>();
  readonly #waiting: (() => void)[] = [];
  /** One listener for all connections, not one for each: idle ones are many. */
  readonly #closed: (this: Socket) => void;

  constructor(server: NetServer, parts: DoorConnectionsParts) {
    this.#parts = parts;
    this.#addresses = new AddressLimit(parts.maxPerAddress);
    const forget = (socket: Socket): void => this.#forget(socket);
    this.#closed = function closed(): void {
      forget(this);
    };
    // The server's own listeners begin TLS or HTTP; they get the socket when its header was read.
    const begin = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket) => {
      this.#keep(socket);
      const handOver = (): void => {
        if (this.#isOneTooMany(socket)) socket.destroy();
        else begin.forEach((listener) => void (listener as (socket: Socket) => void).call(server, socket));
      };
      if (parts.proxyProtocol) this.#readHeader(socket, handOver);
      else handOver();
    });
  }

  /** The client's address: what the PROXY header says, else the connection's own. */
  addressOf(socket: Socket): string {
    const announced = this.#announced.size === 0 ? undefined : this.#announced.get(remoteEnd(socket));
    return announced ?? socket.remoteAddress ?? '';
  }

  /** A connection that was accepted elsewhere, from a client with this address. */
  adopt(socket: Socket, address: string): void {
    this.#announced.set(remoteEnd(socket), address);
  }

  /** Ends connections on which no byte ever came: they wait for nothing. */
  destroyUnused(): void {
    for (const { socket } of this.#open.toArray()) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Resolves when none is left. */
  ended(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => void this.#waiting.push(resolve));
  }

  destroyAll(): void {
    for (const { socket } of this.#open.toArray()) socket.destroy();
  }

  #keep(socket: Socket): void {
    const open: OpenSocket = { socket, address: null, listedAt: NOWHERE };
    (socket as KeptSocket)[this.#key] = open;
    this.#open.add(open);
    this.#parts.observer.opened();
    // Read while it is there: the socket keeps it beyond its end.
    if (this.#parts.proxyProtocol || this.#announced.size > 0) remoteEnd(socket);
    socket.on('close', this.#closed);
  }

  #forget(socket: Socket): void {
    const open = (socket as KeptSocket)[this.#key];
    if (open === undefined || !this.#open.delete(open)) return;
    if (open.address !== null) this.#addresses.leave(open.address);
    if (this.#announced.size > 0) this.#announced.delete(remoteEnd(socket));
    this.#parts.observer.closed();
    if (this.#open.size === 0) for (const tell of this.#waiting.splice(0)) tell();
  }

  #isOneTooMany(socket: Socket): boolean {
    const address = this.addressOf(socket);
    if (!this.#addresses.enter(address)) {
      this.#parts.observer.refused('address');
      return true;
    }
    const open = (socket as KeptSocket)[this.#key];
    if (open !== undefined) open.address = address;
    return false;
  }

  #readHeader(socket: Socket, handOver: () => void): void {
    const { clock, headMs, onMalformed } = this.#parts;
    const parser = createProxyParser();
    const timer = clock.setTimer(headMs, () => socket.destroy());
    const give = (): void => void socket.destroy();
    const read = (chunk: Buffer): void => {
      const progress = parser.feed(chunk);
      if (progress.state === 'more') return;
      timer.cancel();
      socket.off('data', read).off('error', give).off('end', give);
      socket.pause();
      if (progress.state === 'bad') {
        onMalformed('BAD_REQUEST');
        socket.destroy();
        return;
      }
      if (progress.source !== null) this.#announced.set(remoteEnd(socket), progress.source.address);
      if (progress.rest.length > 0) socket.unshift(Buffer.from(progress.rest));
      handOver();
      // TLS takes the bytes put back by itself; a socket that flows under it would lose them.
      if (!this.#parts.isTls) socket.resume();
    };
    socket.on('data', read).on('error', give).on('end', give);
    socket.once('close', () => timer.cancel());
  }
}

const remoteEnd = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;
