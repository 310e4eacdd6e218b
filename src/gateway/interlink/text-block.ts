/**
 * The strings of a frame, last in its payload: count u16, one length u16 each, then all the text as latin1. One encode
 * and one decode for the whole block is several times cheaper than one for each string.
 */
const NOT_LATIN1 = /[^\0-\xff]/;
/** Control characters that no string of ours may carry, in headers above all (RFC 9110 §5.5); tab is allowed. */
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const MAX_STRING_CHARACTERS = 0xffff;

/** Strings joined and measured; `null` if one cannot be sent: too long, not latin1, or with control characters. */
export interface EncodedText {
  readonly bytes: number;
  readonly strings: readonly string[];
  readonly text: string;
}

/** `isChecked`: all characters were looked at in this process already. */
export function encodeText(strings: readonly string[], isChecked = false): EncodedText | null {
  const text = strings.join('');
  if (!isChecked && (NOT_LATIN1.test(text) || CONTROL.test(text))) return null;
  if (strings.length > MAX_STRING_CHARACTERS) return null;
  for (const string of strings) if (string.length > MAX_STRING_CHARACTERS) return null;
  return { bytes: 2 + 2 * strings.length + text.length, strings, text };
}

/** Writes the block; `into` must have room for `encoded.bytes` at `at`. */
export function writeText(encoded: EncodedText, into: Buffer, at: number): void {
  into.writeUInt16BE(encoded.strings.length, at);
  let next = at + 2;
  for (const { length } of encoded.strings) {
    into[next++] = length >> 8;
    into[next++] = length & 0xff;
  }
  into.write(encoded.text, next, 'latin1');
}

/** The strings of the block that starts at `at` and must end with the payload; null if it does not, or is not allowed. */
export function readText(payload: Buffer, at: number): string[] | null {
  if (at + 2 > payload.length) return null;
  const count = payload.readUInt16BE(at);
  const textAt = at + 2 + 2 * count;
  if (textAt > payload.length) return null;
  const text = payload.toString('latin1', textAt);
  if (CONTROL.test(text)) return null;
  const strings: string[] = new Array(count);
  let from = 0;
  for (let index = 0; index < count; index += 1) {
    const to = from + payload.readUInt16BE(at + 2 + 2 * index);
    strings[index] = text.slice(from, to);
    from = to;
  }
  return from === text.length ? strings : null;
}

/** Text for people, made sendable: other characters become `?`, and it is cut at 500 characters. */
export const plainText = (text: string): string => text.slice(0, 500).replace(/[^\x20-\x7e\xa0-\xff]/g, '?');
