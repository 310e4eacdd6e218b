import { CodedError, type ErrorCode } from '../../errors.ts';

/**
 * What a failed call means for us. `definite` kinds prove that a transaction did not happen; after all others it may have.
 *
 * - `unreachable`, `timeout`: no answer; another member may give one
 * - `busy`: refused for load, before anything was done; another member, or later
 * - `token`: the token is unknown or outdated; a new one helps
 * - `auth-off`: the server has no authentication; the call works without a token
 * - `denied`: user, password or permission are wrong
 * - `compacted`: the revision that was asked for is gone
 * - `refused`: the server will never take this request
 * - `too-large`: the answer is above what we receive
 * - `corrupt`: the server says that its own data is damaged
 * - `closed`: this store was closed
 */
export type FailureKind =
  | 'unreachable'
  | 'timeout'
  | 'busy'
  | 'token'
  | 'auth-off'
  | 'denied'
  | 'compacted'
  | 'refused'
  | 'too-large'
  | 'corrupt'
  | 'closed';

const DEFINITE: ReadonlySet<FailureKind> = new Set(['busy', 'token', 'auth-off', 'denied', 'compacted', 'refused']);
const WORTH_ANOTHER_MEMBER: ReadonlySet<FailureKind> = new Set(['unreachable', 'timeout', 'busy', 'token']);

const CODES: Readonly<Record<FailureKind, ErrorCode>> = {
  unreachable: 'STORE_UNAVAILABLE',
  timeout: 'STORE_TIMEOUT',
  busy: 'STORE_UNAVAILABLE',
  token: 'STORE_AUTH',
  'auth-off': 'STORE_AUTH',
  denied: 'STORE_AUTH',
  compacted: 'STORE_UNAVAILABLE',
  refused: 'STORE_UNAVAILABLE',
  'too-large': 'STORE_TOO_LARGE',
  corrupt: 'STORE_CORRUPT',
  closed: 'STORE_CLOSED',
};

/** One call to one member that failed. */
export class EtcdFailure extends Error {
  readonly kind: FailureKind;
  readonly endpoint: string;

  constructor(kind: FailureKind, endpoint: string, detail: string) {
    super(detail);
    this.name = 'EtcdFailure';
    this.kind = kind;
    this.endpoint = endpoint;
  }

  get isDefinite(): boolean {
    return DEFINITE.has(this.kind);
  }

  get isWorthAnotherMember(): boolean {
    return WORTH_ANOTHER_MEMBER.has(this.kind);
  }

  /** For a read, or a transaction that was never sent. */
  asError(what: string): CodedError {
    return new CodedError(CODES[this.kind], `${what}: ${this.endpoint}: ${this.message}`, { cause: this });
  }

  /** For a transaction that was sent. */
  asTransactionError(): CodedError {
    if (this.isDefinite || this.kind === 'closed') return this.asError('transact');
    return new CodedError('STORE_AMBIGUOUS', `transact: ${this.endpoint}: ${this.message}`, { cause: this });
  }
}

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const GRPC = {
  invalid: 3,
  denied: 7,
  exhausted: 8,
  precondition: 9,
  range: 11,
  unimplemented: 12,
  loss: 15,
  unauthenticated: 16,
};

/**
 * Reads the status of a gRPC call as etcd sets it (etcd 3.4: etcdserver/api/v3rpc/rpctypes/error.go). What is not
 * positively known to be definite counts as `unreachable`; so does `database space exceeded`, because etcd gives it for a
 * transaction that it has just applied as well as for one that it refused.
 */
export function failureKind(code: number, details: string): FailureKind {
  switch (code) {
    case GRPC.unauthenticated:
      return 'token';
    case GRPC.denied:
      return 'denied';
    case GRPC.invalid:
      // "user name is empty": passwords are on, and the call had no token.
      if (/auth store is old|user name is empty/.test(details)) return 'token';
      return /authentication failed/.test(details) ? 'denied' : 'refused';
    case GRPC.precondition:
      return /authentication is not enabled/.test(details) ? 'auth-off' : 'refused';
    case GRPC.range:
      return /compacted/.test(details) ? 'compacted' : 'unreachable';
    case GRPC.exhausted:
      if (/too many requests/.test(details)) return 'busy';
      return /larger than max/.test(details) ? 'too-large' : 'unreachable';
    case GRPC.unimplemented:
      return 'refused';
    case GRPC.loss:
      return 'corrupt';
    default:
      return 'unreachable';
  }
}
