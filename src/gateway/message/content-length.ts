/**
 * The value of one Content-Length in bytes, or null if it is malformed.
 *
 * RFC 9110 §8.6 has `1*DIGIT`. We also refuse leading zeros, which it allows: some parsers read `010` as eight, and no
 * client writes them. Lists (`5, 5`), signs, hexadecimal, underscores and anything above 2⁵³−1 are malformed.
 */
export function parseContentLength(value: string): number | null {
  if (value.length < 1 || value.length > 16 || (value.length > 1 && value.charCodeAt(0) === 0x30)) return null;
  let length = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return null;
    length = length * 10 + digit;
  }
  return Number.isSafeInteger(length) ? length : null;
}
