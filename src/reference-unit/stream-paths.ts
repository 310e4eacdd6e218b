import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../core/clock.ts';
import { integerOf } from './exchange.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

const BLOCK_BYTES = 64 * 1024;

/** Byte `n` of every download is `n mod 251`: whoever receives it can check each byte. */
export function downloadBlock(start: number, length: number): Buffer {
  const block = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index += 1) block[index] = (start + index) % 251;
  return block;
}

/** `POST /echo`: the body comes back while it arrives. */
export async function echo(
  request: IncomingMessage,
  response: ServerResponse,
  limitBytes: number,
): Promise<Answer | null> {
  const announced = request.headers['content-length'];
  if (Number(announced ?? 0) > limitBytes) return tooLarge(limitBytes);
  response.setHeader('content-type', request.headers['content-type'] ?? 'application/octet-stream');
  if (announced !== undefined) response.setHeader('content-length', announced);
  let bytes = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limitBytes) done(new Error('the echo is larger than limits.streamBytes'));
      else done(null, chunk);
    },
  });
  await pipeline(request, bounded, response);
  return null;
}

/** `PUT|POST /upload`: counts the bytes and hashes them. */
export async function upload(request: IncomingMessage, limitBytes: number): Promise<Answer> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) return tooLarge(limitBytes);
    hash.update(chunk);
  }
  return { status: 200, body: { bytes, sha256: hash.digest('hex') } };
}

/** `GET /download?bytes=N`. */
export async function download(
  response: ServerResponse,
  query: URLSearchParams,
  limitBytes: number,
): Promise<Answer | null> {
  const bytes = integerOf(query, 'bytes', 0, limitBytes, BLOCK_BYTES);
  if (typeof bytes !== 'number') return bytes;
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': bytes,
    'cache-control': 'no-store',
  });
  // Blocks begin at multiples of 251 × 256, so that one block serves for all.
  const size = 251 * 256;
  const block = downloadBlock(0, size);
  const blocks = function* (): Generator<Buffer> {
    for (let sent = 0; sent < bytes; sent += size) yield bytes - sent >= size ? block : block.subarray(0, bytes - sent);
  };
  await pipeline(Readable.from(blocks(), { objectMode: false }), response);
  return null;
}

/** `GET /events?count=&intervalMs=`: server-sent events, one heartbeat per interval; ends after `count`. */
export async function events(response: ServerResponse, query: URLSearchParams, clock: Clock): Promise<Answer | null> {
  const count = integerOf(query, 'count', 1, 100_000, 60);
  const intervalMs = integerOf(query, 'intervalMs', 1, 60_000, 1_000);
  if (typeof count !== 'number') return count;
  if (typeof intervalMs !== 'number') return intervalMs;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const beats = async function* (): AsyncGenerator<string> {
    for (let n = 1; n <= count; n += 1) {
      yield `id: ${n}\nevent: heartbeat\ndata: {"n":${n}}\n\n`;
      if (n < count) await pause(clock, intervalMs, response);
    }
  };
  await pipeline(Readable.from(beats(), { objectMode: false }), response);
  return null;
}

/** `GET /slow?ms=`: answers after a while, not at all if the client left. */
export async function slow(response: ServerResponse, query: URLSearchParams, clock: Clock): Promise<Answer | null> {
  const ms = integerOf(query, 'ms', 0, 60_000, 1_000);
  if (typeof ms !== 'number') return ms;
  await pause(clock, ms, response);
  return { status: 200, body: { sleptMs: ms } };
}

/** Resolves after the time, or when the client left. */
function pause(clock: Clock, ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      response.off('close', end);
      resolve();
    };
    const timer = clock.setTimer(ms, end);
    response.once('close', end);
  });
}

function tooLarge(limitBytes: number): Answer {
  return errorAnswer('BODY_TOO_LARGE', `at most ${limitBytes} bytes (setting limits.streamBytes)`);
}
