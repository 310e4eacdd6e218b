import type { OnReadOpts, Socket } from 'node:net';

/** Largest read, bytes: an answer of 64 KiB with its head is one. */
const BUFFER_BYTES = 128 * 1024;

/** All plain connections read into one buffer: what is read is copied or used up before the next read. */
const SHARED = Buffer.allocUnsafeSlow(BUFFER_BYTES);
const TAPS = new WeakMap<Socket, Tap>();

/** Is lent the bytes: whoever keeps some of them copies them before it returns. */
type TakeRead = (this: Socket, bytes: Buffer) => void;

interface Tap {
  /** Null: the socket is a stream like any other. */
  take: TakeRead | null;
}

/**
 * Makes a socket whose reads can go past its readable stream (net's `onread`): a buffer of 64 KiB made and cut for each small message,
 * and the stream's own bookkeeping, cost more than all that is done with the bytes. Until `takeReads` it is a stream.
 */
export function withPlainReads(make: (options: { readonly onread: OnReadOpts }) => Socket): Socket {
  const tap: Tap = { take: null };
  const callback = (length: number): boolean => {
    const bytes = SHARED.subarray(0, length);
    if (tap.take === null) return socket.push(Buffer.from(bytes));
    tap.take.call(socket, bytes);
    return true;
  };
  const socket = make({ onread: { buffer: SHARED, callback } });
  TAPS.set(socket, tap);
  return socket;
}

/** Lends all that the socket reads from now on to `take`, whichever way it reads. */
export function takeReads(socket: Socket, take: TakeRead): void {
  const tap = TAPS.get(socket);
  if (tap === undefined) {
    socket.on('data', take);
    return;
  }
  tap.take = take;
  // What was put back into the stream before (a PROXY header came with more behind it) comes first.
  const rest: Buffer | null = socket.readableLength > 0 ? socket.read() : null;
  if (rest !== null) queueMicrotask(() => tap.take?.call(socket, rest));
}

/** Ends `takeReads`: the socket is a stream again. */
export function leaveReads(socket: Socket, take: TakeRead): void {
  const tap = TAPS.get(socket);
  if (tap === undefined) socket.off('data', take);
  else tap.take = null;
}
