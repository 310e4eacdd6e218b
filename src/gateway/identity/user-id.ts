import { USER_ID_MAX_LENGTH } from '../../core/shard-rule.ts';

/** Longest percent-encoded form of a user ID: three characters for each. Anything longer need not be decoded. */
export const ENCODED_USER_ID_MAX_LENGTH = 3 * USER_ID_MAX_LENGTH;

const FORBIDDEN = new Set(['"', '%', ',', ';', '\\'].map((character) => character.charCodeAt(0)));

/** Indexed by character code: 1 where the character may stand in a user ID. */
const ALLOWED = Uint8Array.from({ length: 0x80 }, (_, code) =>
  code > 0x20 && code < 0x7f && !FORBIDDEN.has(code) ? 1 : 0,
);

/**
 * Why `text` cannot be a user ID, or null if it can: 1 to 64 visible ASCII characters without `"`, `%`, `,`, `;`, `\`.
 *
 * These are the cookie-octets of RFC 6265 §4.1.1 without `%`: what every source can carry as it is, what no list syntax
 * splits, and what percent-decoding once more leaves alone, so that gateway and application cannot read two different
 * users out of one request. Other scripts stay out: they have several encodings and normal forms. The text never holds
 * the value itself, because it ends in logs.
 */
export function userIdProblem(text: string): string | null {
  const length = text.length;
  if (length === 0) return 'is empty';
  if (length > USER_ID_MAX_LENGTH) return `has ${length} characters, at most ${USER_ID_MAX_LENGTH} are allowed`;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x80 || ALLOWED[code] === 0) return forbiddenCharacter(code, index);
  }
  return null;
}

function forbiddenCharacter(code: number, index: number): string {
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `has the character ${name} at position ${index + 1}, allowed is visible ASCII without " % , ; \\`;
}
