import { type MessageFault, messageFault } from './message-fault.ts';
import { normalEncoding } from './percent-encoding.ts';

/** The one path that routes are matched on and that the cell gets. */
export interface RoutePath {
  readonly ok: true;
  readonly path: string;
}

const ambiguous = (detail: string): MessageFault => messageFault('AMBIGUOUS_PATH', detail);

/**
 * The normal form of a path, or a refusal if two applications could read it in two ways.
 *
 * Normalised (RFC 3986 §6.2.2): unreserved characters that are percent-encoded are decoded (`/%67lobal` is `/global`, and
 * the cell gets `/global`), other encodings get upper-case digits. Refused: dot segments, however encoded; empty segments
 * (`//`); `;` (Tomcat and others cut path parameters off, so `/global;x` would be `/global` there); encoded slashes,
 * backslashes, semicolons and control characters; malformed, non-UTF-8 and double encodings. The result is a fixed point.
 */
export function routePath(path: string): RoutePath | MessageFault {
  if (path === '*') return { ok: true, path };
  if (path.charCodeAt(0) !== 0x2f) return ambiguous('a path starts with a slash');
  if (path.indexOf('%') === -1) return checkSegments(path) ?? { ok: true, path };
  const normal = normalEncoding(path);
  if (!normal.ok) return ambiguous(normal.detail);
  return checkSegments(normal.path) ?? normal;
}

function checkSegments(path: string): MessageFault | null {
  let start = 1;
  for (let i = 1; i <= path.length; i++) {
    const c = i === path.length ? SLASH : path.charCodeAt(i);
    if (c === SLASH) {
      const length = i - start;
      if (length === 0 && i < path.length) return ambiguous(`empty segment at ${i} ("//")`);
      if (isDotSegment(path, start, length))
        return ambiguous(`dot segment at ${start} (RFC 3986 §5.2.4: resolve it before sending)`);
      start = i + 1;
    } else if (c === SEMICOLON) {
      return ambiguous(`";" at ${i}: path parameters are not passed on`);
    } else if (c <= 0x20 || c >= 0x7f || c === BACKSLASH || c === HASH || c === QUESTION) {
      return ambiguous(`byte 0x${c.toString(16).padStart(2, '0')} at ${i}`);
    }
  }
  return null;
}

const SLASH = 0x2f;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const HASH = 0x23;
const QUESTION = 0x3f;
const DOT = 0x2e;

function isDotSegment(path: string, start: number, length: number): boolean {
  if (length === 1) return path.charCodeAt(start) === DOT;
  return length === 2 && path.charCodeAt(start) === DOT && path.charCodeAt(start + 1) === DOT;
}
