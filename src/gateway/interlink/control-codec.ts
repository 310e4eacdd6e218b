import type { CellId } from '../../core/ids.ts';
import { FRAME, FRAME_HEADER_BYTES, FRAME_RULES, newFrame } from './frame.ts';
import type { CloseCode, ProtocolViolation } from './protocol-violation.ts';
import { CLOSE_CODES, closeCodeOf } from './protocol-violation.ts';
import { encodeText, plainText, readText, writeText } from './text-block.ts';
import { readWide, writeWide } from './wide-number.ts';

/** CANCEL's only reason so far: the edge wants no answer any more. */
const CANCEL_UNWANTED = 0;

export const encodeAdmitted = (stream: number): Buffer => newFrame(FRAME.ADMITTED, stream, 0);

export function encodeCancel(stream: number): Buffer {
  const frame = newFrame(FRAME.CANCEL, stream, 1);
  frame.writeUInt8(CANCEL_UNWANTED, FRAME_HEADER_BYTES);
  return frame;
}

export function encodeWindow(stream: number, bytes: number): Buffer {
  const frame = newFrame(FRAME.WINDOW, stream, 4);
  frame.writeUInt32BE(bytes, FRAME_HEADER_BYTES);
  return frame;
}

/** PING carries the sender's monotonic time in microseconds, which means nothing to the peer; PONG returns it. */
export function encodePing(sentMs: number): Buffer {
  const frame = newFrame(FRAME.PING, 0, 8);
  writeWide(Math.floor(sentMs * 1000), frame, FRAME_HEADER_BYTES);
  return frame;
}

export function encodePong(ping: Buffer): Buffer {
  const frame = newFrame(FRAME.PONG, 0, 8);
  ping.copy(frame, FRAME_HEADER_BYTES);
  return frame;
}

/** Round trip in ms; NaN if this is no answer to a PING of ours. */
export const roundTripOf = (pong: Buffer, nowMs: number): number => {
  const elapsed = nowMs - readWide(pong, 0) / 1000;
  return elapsed >= 0 ? elapsed : Number.NaN;
};

export function encodeGoAway(code: CloseCode, detail: string): Buffer {
  const text = encodeText([plainText(detail)]) ?? { bytes: 2, strings: [], text: '' };
  const frame = newFrame(FRAME.GOAWAY, 0, 1 + text.bytes);
  frame.writeUInt8(CLOSE_CODES[code], FRAME_HEADER_BYTES);
  writeText(text, frame, FRAME_HEADER_BYTES + 1);
  return frame;
}

export function decodeGoAway(payload: Buffer): ProtocolViolation {
  return { code: closeCodeOf(payload.readUInt8(0)), detail: readText(payload, 1)?.[0] ?? '' };
}

const MAX_STATUS_BYTES = FRAME_RULES[FRAME.STATUS]?.maxBytes ?? 0;

/**
 * The cells without a healthy instance. A list over 64 KiB (some thousand cells of one data center) is cut at its end: the
 * edge then finds out by refusals.
 */
export function encodeStatus(cells: readonly CellId[]): Buffer {
  let last = 0;
  for (let bytes = 2; last < cells.length; last += 1) {
    bytes += 2 + (cells[last]?.length ?? 0);
    if (bytes > MAX_STATUS_BYTES) break;
  }
  const text = encodeText(cells.slice(0, last)) ?? { bytes: 2, strings: [], text: '' };
  const frame = newFrame(FRAME.STATUS, 0, text.bytes);
  writeText(text, frame, FRAME_HEADER_BYTES);
  return frame;
}

export const decodeStatus = (payload: Buffer): CellId[] | null => readText(payload, 0) as CellId[] | null;
