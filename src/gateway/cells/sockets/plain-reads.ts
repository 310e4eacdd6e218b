import type { OnReadOpts, Socket } from 'node:net';

/** Largest read, bytes. */
const BUFFER_BYTES = 64 * 1024;

/** All plain connections read into one buffer: what is read is copied or used up before the next read. */
const SHARED = Buffer.allocUnsafeSlow(BUFFER_BYTES);
const TAPS = new WeakMap<Socket, Tap>();

type TakeRead = (bytes: Buffer) => void;

interface Tap {
  take: TakeRead;
}

/**
 * Makes a socket whose reads go past its readable stream (net's `onread`): a buffer of 64 KiB made and cut for each small answer, and
 * the stream's own bookkeeping, cost more than all that is done with the bytes.
 */
export function withPlainReads(make: (options: { readonly onread: OnReadOpts }) => Socket): Socket {
  const tap: Tap = { take: () => undefined };
  const callback = (length: number): boolean => {
    // Whoever takes it may keep it.
    tap.take(Buffer.from(SHARED.subarray(0, length)));
    return true;
  };
  const socket = make({ onread: { buffer: SHARED, callback } });
  TAPS.set(socket, tap);
  return socket;
}

/** Gives all that the socket reads from now on to `take`, whichever way it reads. */
export function takeReads(socket: Socket, take: TakeRead): void {
  const tap = TAPS.get(socket);
  if (tap === undefined) socket.on('data', take);
  else tap.take = take;
}
