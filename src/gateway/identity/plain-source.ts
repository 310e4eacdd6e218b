import type { IdentitySource } from '../../core/topology-document.ts';
import type { HeadPlan } from './head-plan.ts';
import type { CountIdentityEvent } from './identity-events.ts';
import { invalid, MISSING, type SourceOutcome } from './identity-result.ts';
import { ABSENT, type Occurrence } from './occurrence.ts';
import { pathSegment } from './path-segment.ts';
import { percentDecode } from './percent-decode.ts';
import { trimOws } from './scan-headers.ts';
import { sourceLabel } from './source-label.ts';
import type { SourceReader } from './source-reader.ts';
import { ENCODED_USER_ID_MAX_LENGTH, userIdProblem } from './user-id.ts';

type PlainSource = IdentitySource & { readonly type: 'header' | 'cookie' | 'query' | 'path' };

export interface HeaderTrust {
  /** Whose identity headers count. */
  readonly identityHeaders: 'trusted' | 'any';
  readonly count: CountIdentityEvent;
}

/** Reader of a source whose value is the user ID itself. */
export function compilePlainSource(source: PlainSource, plan: HeadPlan, trust: HeaderTrust): SourceReader {
  const label = sourceLabel(source);
  switch (source.type) {
    case 'header':
      return compileHeaderSource(label, plan.header(source.name), trust);
    case 'cookie': {
      const index = plan.cookie(source.name);
      return (scanned) => encodedOutcome(label, scanned.cookies[index] ?? ABSENT, false);
    }
    case 'query': {
      const index = plan.query(source.name);
      return (scanned) => encodedOutcome(label, scanned.query[index] ?? ABSENT, true);
    }
    case 'path':
      return ({ head }) => {
        const value = pathSegment(head.path, source.segment);
        return value === undefined ? MISSING : encodedOutcome(label, { count: 1, value }, false);
      };
  }
}

function compileHeaderSource(label: string, index: number, trust: HeaderTrust): SourceReader {
  const detail = `${label} does not count: the peer is no trusted proxy (trust.proxies, trust.identityHeaders)`;
  const untrusted: SourceOutcome = Object.freeze({ kind: 'missing', detail });
  return ({ headers, peerIsTrusted }) => {
    const occurrence = headers[index] ?? ABSENT;
    if (occurrence.value === undefined) return MISSING;
    if (!peerIsTrusted && trust.identityHeaders !== 'any') {
      trust.count('header-untrusted');
      return untrusted;
    }
    if (occurrence.count === 2) return repeated(label);
    return userIdOutcome(label, trimOws(occurrence.value));
  };
}

function encodedOutcome(label: string, { count, value }: Occurrence, plusIsSpace: boolean): SourceOutcome {
  if (value === undefined) return MISSING;
  if (count === 2) return repeated(label);
  if (value.length > ENCODED_USER_ID_MAX_LENGTH) return userIdOutcome(label, value);
  const decoded = percentDecode(value, plusIsSpace);
  if (decoded === null) return invalid('USER_ID_INVALID', `${label} is not percent-encoded UTF-8`);
  return userIdOutcome(label, decoded);
}

/** Found if `userId` is one, else invalid. */
export function userIdOutcome(label: string, userId: string): SourceOutcome {
  const problem = userIdProblem(userId);
  return problem === null
    ? { kind: 'found', userId, source: label }
    : invalid('USER_ID_INVALID', `${label} ${problem}`);
}

export function repeated(label: string): SourceOutcome {
  return invalid('USER_ID_REPEATED', `${label} occurs more than once`);
}
