import type { HeaderList } from '../upstream.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 9110 §5.6.2. */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** Pairs of a token and a value; control characters were ruled out by the text block already. */
export function areFieldLines(headers: HeaderList): boolean {
  if (headers.length % 2 !== 0) return false;
  for (let index = 0; index < headers.length; index += 2) if (!TOKEN.test(headers[index] ?? '')) return false;
  return true;
}
