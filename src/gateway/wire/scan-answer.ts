import { scanFields } from './scan-fields.ts';

export interface ScannedAnswer {
  readonly status: number;
  readonly httpVersion: string;
  readonly headers: readonly string[];
  /** The same as text, where each line is `name: value` with nothing more. */
  readonly lines: string | undefined;
  /** See `ScannedFields`. */
  readonly isClean: boolean;
}

/** Reads an answer's head up to and with its empty line, which ends at `end` (RFC 9112 §4). A string says why it is none. */
export function scanAnswer(head: string, end = head.length): ScannedAnswer | string {
  const lineEnd = head.indexOf('\r\n');
  const status = statusOf(head, lineEnd);
  if (!head.startsWith('HTTP/1.') || status === -1) return 'the first line is not: HTTP version, status, reason';
  const fields = scanFields(head, lineEnd + 2, end - 2);
  if (fields === null) return 'a header line has no colon, or begins with white space (RFC 9112 §5)';
  const lines = fields.isPlain ? head.slice(lineEnd + 2, end - 2) : undefined;
  return { status, httpVersion: head.slice(5, 8), headers: fields.list, lines, isClean: fields.isClean };
}

/** `HTTP/1.1 200 OK`: three digits at 9, then the end or a space and a reason without control characters. */
function statusOf(head: string, lineEnd: number): number {
  if (lineEnd < 12 || head.charCodeAt(8) !== 0x20 || (lineEnd > 12 && head.charCodeAt(12) !== 0x20)) return -1;
  let status = 0;
  for (let i = 9; i < 12; i++) {
    const digit = head.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    status = status * 10 + digit;
  }
  for (let i = 13; i < lineEnd; i++) {
    const c = head.charCodeAt(i);
    if ((c < 0x20 && c !== 0x09) || c === 0x7f) return -1;
  }
  return status;
}
