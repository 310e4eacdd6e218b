import type { CellId, Epoch, ShardId, UnitId } from '../../core/ids.ts';
import type { UpstreamRequest } from '../upstream.ts';
import { areFieldLines, isToken } from './field-lines.ts';
import { FRAME, FRAME_HEADER_BYTES, FRAME_RULES, newFrame } from './frame.ts';
import { encodeText, readText, writeText } from './text-block.ts';
import { readWide, writeWide } from './wide-number.ts';

/** Offsets in the payload of HEAD. */
const SHARD_AT = 0;
const EPOCH_AT = 4;
const SAFE_AT = 12;
const BODY_KIND_AT = 13;
const BODY_LENGTH_AT = 14;
const CONNECT_AT = 22;
const RESPONSE_HEAD_AT = 26;
const BODY_IDLE_AT = 30;
const TEXT_AT = 34;
/** Strings before the header fields: unit, cell, method, target, request ID, upgrade (empty: none). */
const OWN_STRINGS = 6;

const BODY_NONE = 0;
const BODY_CHUNKED = 1;
const BODY_LENGTH = 2;

const MAX_HEAD_BYTES = FRAME_RULES[FRAME.HEAD]?.maxBytes ?? 0;
const NAME = /^[\x21-\x7e]{1,128}$/;
const VISIBLE = /^[\x21-\x7e]+$/;

/** Why a head cannot go over the interlink. */
export interface HeadProblem {
  readonly code: 'HEAD_TOO_LARGE' | 'BAD_HEADER';
  readonly detail: string;
}

/** The HEAD frame of a request, or why there is none: what the peer would call a violation never leaves. */
export function encodeHead(stream: number, request: UpstreamRequest): Buffer | HeadProblem {
  const { claim, limits, body } = request;
  const isChecked = request.isChecked ?? false;
  const wrong = isChecked ? upgradeProblem(request) : headProblem(request);
  if (wrong !== null) return { code: 'BAD_HEADER', detail: wrong };
  const text = encodeText(
    [
      claim.unit,
      claim.cell,
      request.method,
      request.target,
      request.requestId,
      request.upgrade ?? '',
      ...request.headers,
    ],
    isChecked,
  );
  if (text === null)
    return { code: 'BAD_HEADER', detail: 'a string is not latin1, too long, or has control characters' };
  const bytes = TEXT_AT + text.bytes;
  if (bytes > MAX_HEAD_BYTES)
    return { code: 'HEAD_TOO_LARGE', detail: `${bytes} bytes, at most ${MAX_HEAD_BYTES} on the interlink` };
  const frame = newFrame(FRAME.HEAD, stream, bytes);
  frame.writeUInt32BE(claim.shard, FRAME_HEADER_BYTES + SHARD_AT);
  writeWide(claim.epoch, frame, FRAME_HEADER_BYTES + EPOCH_AT);
  frame.writeUInt8(claim.safe ? 1 : 0, FRAME_HEADER_BYTES + SAFE_AT);
  frame.writeUInt8(
    body === 'none' ? BODY_NONE : body === 'chunked' ? BODY_CHUNKED : BODY_LENGTH,
    FRAME_HEADER_BYTES + BODY_KIND_AT,
  );
  writeWide(typeof body === 'number' ? body : 0, frame, FRAME_HEADER_BYTES + BODY_LENGTH_AT);
  frame.writeUInt32BE(wait(limits.connectMs), FRAME_HEADER_BYTES + CONNECT_AT);
  frame.writeUInt32BE(wait(limits.responseHeadMs), FRAME_HEADER_BYTES + RESPONSE_HEAD_AT);
  frame.writeUInt32BE(wait(limits.bodyIdleMs), FRAME_HEADER_BYTES + BODY_IDLE_AT);
  writeText(text, frame, FRAME_HEADER_BYTES + TEXT_AT);
  return frame;
}

/** A wait travels as whole milliseconds, never as 0. */
const wait = (ms: number): number => Math.min(0xffff_ffff, Math.max(1, Math.ceil(ms)));

/** The request in the payload of a HEAD frame, or what is wrong with it. */
export function decodeHead(payload: Buffer): UpstreamRequest | string {
  const strings = readText(payload, TEXT_AT);
  if (strings === null || strings.length < OWN_STRINGS) return 'the text is malformed';
  const [unit = '', cell = '', method = '', target = '', requestId = '', upgrade = ''] = strings;
  const headers = strings.slice(OWN_STRINGS);
  const epoch = readWide(payload, EPOCH_AT);
  const safe = payload.readUInt8(SAFE_AT);
  const body = decodeBody(payload.readUInt8(BODY_KIND_AT), readWide(payload, BODY_LENGTH_AT));
  const limits = {
    connectMs: payload.readUInt32BE(CONNECT_AT),
    responseHeadMs: payload.readUInt32BE(RESPONSE_HEAD_AT),
    bodyIdleMs: payload.readUInt32BE(BODY_IDLE_AT),
  };
  if (Number.isNaN(epoch)) return 'the epoch is not a safe integer';
  if (safe > 1) return `safe is ${safe}, must be 0 or 1`;
  if (body === null) return 'the kind or length of the body is not allowed';
  if (Math.min(limits.connectMs, limits.responseHeadMs, limits.bodyIdleMs) === 0) return 'a time limit is 0';
  const shard = payload.readUInt32BE(SHARD_AT) as ShardId;
  const claim = { shard, epoch: epoch as Epoch, unit: unit as UnitId, cell: cell as CellId, safe: safe === 1 };
  const own = { claim, method, target, headers, body, upgrade: upgrade === '' ? null : upgrade, requestId, limits };
  // From here on its characters are known, as those of a head that came in at a door.
  const request: UpstreamRequest = { ...own, isChecked: true };
  return headProblem(request) ?? request;
}

/** The rules for the strings of a HEAD, the same for both sides. */
function headProblem({ claim, method, target, requestId, upgrade, body, headers }: UpstreamRequest): string | null {
  if (!NAME.test(claim.unit) || !NAME.test(claim.cell)) return 'the name of the unit or cell is malformed';
  if (!NAME.test(requestId)) return 'the request ID is malformed';
  if (!isToken(method)) return 'the method is not a token';
  if (!VISIBLE.test(target)) return 'the target is not visible ASCII';
  if (upgrade !== null && !VISIBLE.test(upgrade)) return 'the upgrade is not visible ASCII';
  const wrong = upgradeProblem({ upgrade, body });
  if (wrong !== null) return wrong;
  return areFieldLines(headers) ? null : 'a header field is malformed';
}

const upgradeProblem = ({ upgrade, body }: Pick<UpstreamRequest, 'upgrade' | 'body'>): string | null =>
  upgrade !== null && body !== 'none' ? 'an upgrade with a body' : null;

function decodeBody(kind: number, length: number): UpstreamRequest['body'] | null {
  if (kind === BODY_LENGTH) return Number.isNaN(length) ? null : length;
  if (length !== 0) return null;
  return kind === BODY_NONE ? 'none' : kind === BODY_CHUNKED ? 'chunked' : null;
}
