import { isFieldValue, isToken } from '../message/field-check.ts';
import { scanFields } from './scan-fields.ts';

/** Takes the body's bytes as they come; false: enough for now. */
export type TakeBytes = (bytes: Buffer) => boolean;

/** Largest chunk-size line with its extension, bytes: extensions mean nothing to anybody (RFC 9112 §7.1.1). */
const MAX_LINE_BYTES = 1024;
const MAX_TRAILER_BYTES = 16 * 1024;
/** 2⁵² − 1: the sum of two sizes is still exact. */
const MAX_SIZE_DIGITS = 13;

const CR = 0x0d;
const LF = 0x0a;

type Part = 'size' | 'data' | 'data-end' | 'trailers' | 'over';

/**
 * Reads a chunked body (RFC 9112 §7.1), strictly: lines end with CRLF, sizes are hexadecimal digits only, and a chunk ends
 * where its size says. Extensions are checked and dropped.
 */
export class ChunkReader {
  #part: Part = 'size';
  #left = 0;
  #line = '';
  /** Why the body cannot be read; null while it can. */
  fault: string | null = null;
  trailers: string[] = [];

  get isOver(): boolean {
    return this.#part === 'over';
  }

  /** Reads from `at`, and returns where it stopped: at the body's end, at a fault, or when `take` had enough. */
  read(bytes: Buffer, at: number, take: TakeBytes): number {
    let position = at;
    while (position < bytes.length && this.#part !== 'over' && this.fault === null) {
      if (this.#part === 'data') {
        const end = Math.min(bytes.length, position + this.#left);
        this.#left -= end - position;
        const piece = bytes.subarray(position, end);
        position = end;
        if (this.#left === 0) this.#part = 'data-end';
        if (!take(piece)) return position;
      } else position = this.#readLine(bytes, position);
    }
    return position;
  }

  #readLine(bytes: Buffer, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const end = lf === -1 ? bytes.length : lf + 1;
    this.#line += bytes.toString('latin1', at, end);
    const limit = this.#part === 'trailers' ? MAX_TRAILER_BYTES : MAX_LINE_BYTES;
    if (this.#line.length > limit) this.fault = `a line of a chunked body is over ${limit} bytes`;
    else if (lf !== -1) this.#takeLine();
    return end;
  }

  #takeLine(): void {
    const line = this.#line;
    if (line.length < 2 || line.charCodeAt(line.length - 2) !== CR) {
      this.fault = 'a line of a chunked body does not end with CRLF';
    } else if (this.#part === 'size') {
      this.#line = '';
      this.#takeSize(line);
    } else if (this.#part === 'data-end') {
      this.#line = '';
      if (line.length === 2) this.#part = 'size';
      else this.fault = 'a chunk is longer than its size';
    } else if (line.length === 2) {
      this.#part = 'over';
    } else if (line.endsWith('\r\n\r\n')) {
      const fields = scanFields(line, 0, line.length - 2);
      if (fields === null || !areFields(fields.list)) this.fault = 'a trailer is no field line (RFC 9112 §7.1.2)';
      else {
        this.trailers = fields.list;
        this.#part = 'over';
      }
    }
  }

  #takeSize(line: string): void {
    let size = 0;
    let digits = 0;
    for (; digits < line.length; digits++) {
      const digit = hexDigit(line.charCodeAt(digits));
      if (digit === -1) break;
      size = size * 16 + digit;
    }
    if (digits === 0 || digits > MAX_SIZE_DIGITS || !isExtension(line, digits)) {
      this.fault = 'a chunk size is not a hexadecimal number';
      return;
    }
    this.#left = size;
    this.#part = size === 0 ? 'trailers' : 'data';
  }
}

function areFields(fields: readonly string[]): boolean {
  for (let index = 0; index < fields.length; index += 2) {
    if (!isToken(fields[index] ?? '') || !isFieldValue(fields[index + 1] ?? '')) return false;
  }
  return true;
}

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** What follows the size up to the CRLF: nothing, or `;` and no control characters. */
function isExtension(line: string, at: number): boolean {
  const end = line.length - 2;
  if (at === end) return true;
  if (line.charCodeAt(at) !== 0x3b) return false;
  for (let i = at; i < end; i++) {
    const c = line.charCodeAt(i);
    if ((c < 0x20 && c !== 0x09) || c === 0x7f) return false;
  }
  return true;
}
