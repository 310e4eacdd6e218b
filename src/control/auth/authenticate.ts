import { ApiError } from '../api-error.ts';
import type { Role } from '../api-types.ts';
import type { FailureBound } from './failure-bound.ts';
import { allows, type Principal, type TokenList } from './token-list.ts';

/**
 * Who calls, if that one may. `authorization` is the header as received. Throws UNAUTHENTICATED, FORBIDDEN or
 * AUTH_THROTTLED; none of them repeats what was sent.
 */
export function authenticate(
  tokens: TokenList,
  bound: FailureBound,
  address: string,
  authorization: string | undefined,
  needed: Role,
): Principal {
  const token = /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1];
  const principal = token === undefined ? null : tokens.find(token);
  const waitS = bound.waitS(address);
  if (waitS !== null && !(principal !== null && bound.isProven(address, principal.name))) {
    throw new ApiError('AUTH_THROTTLED', `calls from ${address} are looked at again in ${waitS} s`, {}, waitS);
  }
  if (principal === null) {
    bound.failed(address);
    const seen =
      authorization === undefined
        ? 'no Authorization header was sent'
        : 'the Authorization header names no known token';
    throw new ApiError('UNAUTHENTICATED', seen);
  }
  bound.succeeded(address, principal.name);
  if (!allows(principal.role, needed)) {
    throw new ApiError('FORBIDDEN', `token ${principal.name} has role ${principal.role}, this call needs ${needed}`);
  }
  return principal;
}
