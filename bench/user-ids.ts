import { seededRandom } from '../test/support/seeded-random.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const DIGITS = '0123456789';

/**
 * `count` different-looking user IDs of `length` characters, the same ones in every run: from one seed. Each is a flat
 * string of one byte a character, as a header's value is.
 */
export function userIds(count: number, length: number, kind: 'digits' | 'letters'): string[] {
  const random = seededRandom(1);
  const alphabet = kind === 'digits' ? DIGITS : LETTERS;
  return Array.from({ length: count }, () => {
    const codes = Buffer.alloc(length);
    for (let at = 0; at < length; at += 1) codes[at] = alphabet.charCodeAt(random.next() % alphabet.length);
    return codes.toString('latin1');
  });
}
