import { scanFields } from './scan-fields.ts';

/** A request's head as it stands on the wire; no rule but the form of its lines was applied. */
export interface ScannedRequest {
  readonly method: string;
  readonly target: string;
  /** `1.1` of `HTTP/1.1`. */
  readonly httpVersion: string;
  readonly headers: readonly string[];
  /** The same as text, where each line is `name: value` with nothing more. */
  readonly lines: string | undefined;
  /** See `ScannedFields`. */
  readonly isClean: boolean;
}

/**
 * Reads a request's head up to and with its empty line, which ends at `end` (RFC 9112 §3): one space each between method, target and version. A string
 * says why it is none.
 */
export function scanRequest(head: string, end = head.length): ScannedRequest | string {
  const lineEnd = head.indexOf('\r\n');
  const first = head.indexOf(' ');
  const second = head.indexOf(' ', first + 1);
  if (first < 1 || second === -1 || second > lineEnd) return 'the first line is not: method, target, HTTP version';
  if (second === first + 1 || !head.startsWith('HTTP/', second + 1))
    return 'the first line is not: method, target, HTTP version, with one space between them';
  const fields = scanFields(head, lineEnd + 2, end - 2);
  if (fields === null) return 'a header line has no colon, or begins with white space (RFC 9112 §5)';
  return {
    method: head.slice(0, first),
    target: head.slice(first + 1, second),
    httpVersion: head.slice(second + 6, lineEnd),
    headers: fields.list,
    lines: fields.isPlain ? head.slice(lineEnd + 2, end - 2) : undefined,
    isClean: fields.isClean,
  };
}
