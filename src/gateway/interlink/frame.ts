import type { ProtocolViolation } from './protocol-violation.ts';

/** docs/interlink-protocol.md is the specification: payload length u32, type u8, flags u8, stream u32; big-endian. */
export const FRAME_HEADER_BYTES = 10;

export const FRAME = Object.freeze({
  HELLO: 1,
  HEAD: 2,
  DATA: 3,
  END: 4,
  ADMITTED: 5,
  REFUSED: 6,
  INFORMATIONAL: 7,
  RESPONSE: 8,
  CANCEL: 9,
  FAILED: 10,
  WINDOW: 11,
  PING: 12,
  PONG: 13,
  GOAWAY: 14,
  STATUS: 15,
});
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

/** Which side of a connection may send a frame: streams are opened by the edge, answered by the guard. */
export type Side = 'edge' | 'guard';

interface FrameRule {
  readonly name: string;
  readonly from: Side | 'both';
  /** About one stream (its number is not 0), or about the connection (its number is 0). */
  readonly onStream: boolean;
  readonly minBytes: number;
  readonly maxBytes: number;
}

const KIB = 1024;
const rule = (
  name: string,
  from: FrameRule['from'],
  onStream: boolean,
  minBytes: number,
  maxBytes: number,
): FrameRule => ({
  name,
  from,
  onStream,
  minBytes,
  maxBytes,
});

export const FRAME_RULES: readonly (FrameRule | null)[] = Object.freeze([
  null,
  rule('HELLO', 'both', false, 19, 4 * KIB),
  rule('HEAD', 'edge', true, 36, 32 * KIB),
  rule('DATA', 'both', true, 1, 64 * KIB),
  rule('END', 'both', true, 2, 32 * KIB),
  rule('ADMITTED', 'guard', true, 0, 0),
  rule('REFUSED', 'guard', true, 10, 1 * KIB),
  rule('INFORMATIONAL', 'guard', true, 4, 64 * KIB),
  rule('RESPONSE', 'guard', true, 4, 64 * KIB),
  rule('CANCEL', 'edge', true, 1, 1),
  rule('FAILED', 'guard', true, 3, 4 * KIB),
  rule('WINDOW', 'both', true, 4, 4),
  rule('PING', 'both', false, 8, 8),
  rule('PONG', 'both', false, 8, 8),
  rule('GOAWAY', 'both', false, 3, 4 * KIB),
  rule('STATUS', 'guard', false, 2, 64 * KIB),
]);

export const frameName = (type: number): string => FRAME_RULES[type]?.name ?? `type ${type}`;

/** A buffer of the right size with its header filled in; the payload starts at `FRAME_HEADER_BYTES`. */
export function newFrame(type: FrameType, stream: number, payloadBytes: number): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payloadBytes);
  writeFrameHeader(frame, type, stream, payloadBytes);
  return frame;
}

export function writeFrameHeader(into: Buffer, type: FrameType, stream: number, payloadBytes: number): void {
  into.writeUInt32BE(payloadBytes, 0);
  into.writeUInt8(type, 4);
  into.writeUInt8(0, 5);
  into.writeUInt32BE(stream, 6);
}

/** What is wrong with a header that `from` sent, or null. */
export function checkFrameHeader(
  length: number,
  type: number,
  flags: number,
  stream: number,
  from: Side,
): ProtocolViolation | null {
  const allowed = FRAME_RULES[type];
  if (!allowed) return { code: 'PROTOCOL', detail: `unknown frame type ${type}` };
  const wrong = (what: string): ProtocolViolation => ({ code: 'PROTOCOL', detail: `${allowed.name}: ${what}` });
  if (allowed.from !== 'both' && allowed.from !== from) return wrong(`never sent by the ${from}`);
  if (flags !== 0) return wrong(`flags ${flags}, must be 0 in version 1`);
  if (allowed.onStream !== stream > 0) return wrong(`stream ${stream}, must ${allowed.onStream ? 'not be' : 'be'} 0`);
  if (length < allowed.minBytes) return wrong(`payload of ${length} bytes, at least ${allowed.minBytes}`);
  if (length > allowed.maxBytes) return wrong(`payload of ${length} bytes, at most ${allowed.maxBytes}`);
  return null;
}
