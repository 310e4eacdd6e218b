import type { Epoch, UnitId } from '../../core/ids.ts';
import type { ErrorCode } from '../../errors.ts';
import { ERRORS } from '../../errors.ts';
import type { HeaderList, Refusal, UpstreamFailure } from '../upstream.ts';
import { areFieldLines } from './field-lines.ts';
import type { FrameType } from './frame.ts';
import { FRAME, FRAME_HEADER_BYTES, FRAME_RULES, newFrame } from './frame.ts';
import { encodeText, plainText, readText, writeText } from './text-block.ts';
import { readWide, writeWide } from './wide-number.ts';

const NO_FIELDS: HeaderList = Object.freeze([]);

/** Status and header fields of INFORMATIONAL and RESPONSE. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: HeaderList;
}

/** A frame of `fixedBytes` and a text block; null if a string cannot be sent or the frame is over its limit. */
function frameWithText(
  type: FrameType,
  stream: number,
  fixedBytes: number,
  strings: readonly string[],
  isChecked = false,
): Buffer | null {
  const text = encodeText(strings, isChecked);
  if (text === null || fixedBytes + text.bytes > (FRAME_RULES[type]?.maxBytes ?? 0)) return null;
  const frame = newFrame(type, stream, fixedBytes + text.bytes);
  writeText(text, frame, FRAME_HEADER_BYTES + fixedBytes);
  return frame;
}

type AnswerHeadType = typeof FRAME.INFORMATIONAL | typeof FRAME.RESPONSE;

/**
 * A string says why it cannot be sent. What the peer would call a violation never leaves: one bad cell must not end a connection.
 * `isChecked`: the message rules have seen the fields in this process already.
 */
export function encodeAnswerHead(
  type: AnswerHeadType,
  stream: number,
  { status, headers }: AnswerHead,
  isChecked = false,
): Buffer | string {
  const wrong = answerProblem(type, status, isChecked ? NO_FIELDS : headers);
  if (wrong !== null) return wrong;
  const frame = frameWithText(type, stream, 2, headers, isChecked);
  if (frame === null) return 'the head is over 64 KiB or has control characters';
  frame.writeUInt16BE(status, FRAME_HEADER_BYTES);
  return frame;
}

export function decodeAnswerHead(type: AnswerHeadType, payload: Buffer): AnswerHead | string {
  const status = payload.readUInt16BE(0);
  const headers = readText(payload, 2);
  if (headers === null) return 'the text is malformed';
  return answerProblem(type, status, headers) ?? { status, headers };
}

/** INFORMATIONAL is 1xx without 101; RESPONSE is 101 and everything from 200. */
function answerProblem(type: AnswerHeadType, status: number, headers: HeaderList): string | null {
  const interim = status >= 100 && status < 200 && status !== 101;
  const final = status === 101 || (status >= 200 && status <= 999);
  if (!(type === FRAME.INFORMATIONAL ? interim : final)) return `status ${status} is not allowed`;
  return areFieldLines(headers) ? null : 'a header field is malformed';
}

/** Trailers that cannot be sent are left out, as RFC 9110 §6.5.1 lets an intermediary do. */
export function encodeEnd(stream: number, trailers: HeaderList): Buffer {
  const frame = areFieldLines(trailers) ? frameWithText(FRAME.END, stream, 0, trailers) : null;
  return frame ?? encodeEnd(stream, []);
}

export function decodeEnd(payload: Buffer): HeaderList | string {
  // No strings at all, as of nearly every message.
  if (payload.length === 2 && payload.readUInt16BE(0) === 0) return NO_FIELDS;
  const trailers = readText(payload, 0);
  return trailers === null || !areFieldLines(trailers) ? 'a trailer field is malformed' : trailers;
}

export function encodeRefusal(stream: number, refusal: Refusal): Buffer {
  const frame = frameWithText(FRAME.REFUSED, stream, 8, [refusal.code, refusal.owner ?? '']);
  if (frame === null) return encodeRefusal(stream, { ...refusal, owner: null });
  writeWide(refusal.epoch, frame, FRAME_HEADER_BYTES);
  return frame;
}

export function decodeRefusal(payload: Buffer): Refusal | string {
  const [code, owner, ...rest] = readText(payload, 8) ?? [];
  const epoch = readWide(payload, 0);
  if (code === undefined || owner === undefined || rest.length > 0 || Number.isNaN(epoch)) return 'malformed';
  return { code: errorCodeOf(code), epoch: epoch as Epoch, owner: owner === '' ? null : (owner as UnitId) };
}

export function encodeFailure(stream: number, failure: UpstreamFailure): Buffer {
  const frame = frameWithText(FRAME.FAILED, stream, 1, [failure.code, plainText(failure.detail)]);
  if (frame === null) return encodeFailure(stream, { ...failure, detail: '' });
  frame.writeUInt8(failure.executed === 'no' ? 0 : 1, FRAME_HEADER_BYTES);
  return frame;
}

export function decodeFailure(payload: Buffer): UpstreamFailure | string {
  const [code, detail, ...rest] = readText(payload, 1) ?? [];
  const executed = payload.readUInt8(0);
  if (code === undefined || detail === undefined || rest.length > 0 || executed > 1) return 'malformed';
  return { code: errorCodeOf(code), executed: executed === 0 ? 'no' : 'unknown', detail };
}

/** A code that only a newer gateway knows becomes INTERNAL; what matters, REFUSED or `executed`, does not depend on it. */
const errorCodeOf = (code: string): ErrorCode => (Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'INTERNAL');
