import { createHash, timingSafeEqual } from 'node:crypto';
import { CodedError } from '../../errors.ts';
import type { Role } from '../api-types.ts';

/** Who calls: the name of the token, and what it may do. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

interface KnownToken extends Principal {
  readonly hash: Buffer;
}

const RANKS: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

/** Longest token that is looked at. */
const TOKEN_MAX_LENGTH = 512;

export function allows(role: Role, needed: Role): boolean {
  return RANKS[role] >= RANKS[needed];
}

/** Lower-case hex SHA-256 of a token, as the token file has it: the file itself opens nothing. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** The bearer tokens that a control node knows. */
export class TokenList {
  readonly #tokens: readonly KnownToken[];

  private constructor(tokens: readonly KnownToken[]) {
    this.#tokens = tokens;
  }

  /** Checks the parsed token file `{ "tokens": [ { "name", "role", "sha256" } ] }`; throws CLI_INPUT with all that is wrong. */
  static parse(file: unknown): TokenList {
    const list = (file as { tokens?: unknown } | null)?.tokens;
    if (!Array.isArray(list)) throw new CodedError('CLI_INPUT', 'the token file must be {"tokens": [...]}');
    const mistakes = list.flatMap((token, index) => tokenMistakes(token, `tokens[${index}]`));
    const names = list.map((token) => (token as { name?: unknown } | null)?.name);
    for (const name of new Set(names)) {
      if (names.filter((other) => other === name).length > 1)
        mistakes.push(`the name ${JSON.stringify(name)} occurs twice`);
    }
    if (mistakes.length > 0) throw new CodedError('CLI_INPUT', `token file: ${mistakes.join('; ')}`);
    return new TokenList(
      (list as { name: string; role: Role; sha256: string }[]).map(({ name, role, sha256 }) => ({
        name,
        role,
        hash: Buffer.from(sha256, 'hex'),
      })),
    );
  }

  /** Whose token it is, or null. Compares hashes, each in constant time, and always all of them. */
  find(token: string): Principal | null {
    if (token.length === 0 || token.length > TOKEN_MAX_LENGTH) return null;
    const hash = createHash('sha256').update(token, 'utf8').digest();
    let found: Principal | null = null;
    for (const known of this.#tokens) {
      if (timingSafeEqual(known.hash, hash)) found = { name: known.name, role: known.role };
    }
    return found;
  }
}

function tokenMistakes(token: unknown, where: string): string[] {
  if (typeof token !== 'object' || token === null) return [`${where} must be an object`];
  const { name, role, sha256 } = token as Record<string, unknown>;
  const mistakes: string[] = [];
  if (typeof name !== 'string' || !/^[\w.@-]{1,64}$/.test(name)) {
    mistakes.push(`${where}.name is ${JSON.stringify(name)}, must be 1 to 64 letters, digits, _ . @ -`);
  }
  if (typeof role !== 'string' || !Object.hasOwn(RANKS, role)) {
    mistakes.push(`${where}.role is ${JSON.stringify(role)}, must be viewer, operator or admin`);
  }
  // What stands there instead may be the token itself, so it is not repeated.
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    mistakes.push(`${where}.sha256 must be 64 lower-case hex digits`);
  return mistakes;
}
