import type { Socket } from 'node:net';
import { leaveReads, takeReads } from '../wire/plain-reads.ts';

/** Told of what becomes of a client's socket. */
export interface SocketOwner {
  /** Lent for this turn. */
  received(bytes: Buffer): void;
  /** The client has ended its side. */
  ended(): void;
  /** What was written has left. */
  drained(): void;
  /** It is closed, or broken. May be told twice. */
  lost(): void;
}

const OWNER = Symbol('owner');

interface OwnedSocket extends Socket {
  [OWNER]?: SocketOwner;
}

/** The listeners are the same for all sockets: made for each, they would be a good part of what an idle connection costs. */
export function ownSocket(socket: OwnedSocket, owner: SocketOwner): void {
  socket[OWNER] = owner;
  takeReads(socket, received);
  socket.on('end', ended).on('drain', drained).on('error', lost).on('close', lost);
}

/** Ends `ownSocket`. */
export function disownSocket(socket: OwnedSocket): void {
  leaveReads(socket, received);
  socket.off('end', ended).off('drain', drained).off('error', lost).off('close', lost);
  delete socket[OWNER];
}

function received(this: OwnedSocket, bytes: Buffer): void {
  this[OWNER]?.received(bytes);
}

function ended(this: OwnedSocket): void {
  this[OWNER]?.ended();
}

function drained(this: OwnedSocket): void {
  this[OWNER]?.drained();
}

function lost(this: OwnedSocket): void {
  this[OWNER]?.lost();
}
