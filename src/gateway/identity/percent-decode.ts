/**
 * Percent-decoding as UTF-8 (RFC 3986 §2.1), once; null if an escape is malformed or the bytes are not UTF-8.
 * `plusIsSpace` for queries, where `+` is the form encoding of a space: a plus sign has to be sent as `%2B`.
 */
export function percentDecode(text: string, plusIsSpace: boolean): string | null {
  const spaced = plusIsSpace && text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return null;
  }
}
