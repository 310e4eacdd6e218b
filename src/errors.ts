/**
 * Every error code of the product in one table: it is public API, and docs/errors.md is tested against it.
 *
 * `status`: HTTP status where the code reaches a client, else 0. `side`: who has to act. `retry`: `no`, the same request
 * fails again; `safe`, it was provably not executed; `later`, not executed and Retry-After says when; `unknown`, it may
 * have been executed and only an idempotent request may be sent again.
 */
export interface ErrorSpec {
  readonly status: number;
  readonly side: 'client' | 'cell' | 'gateway' | 'store' | 'operator';
  readonly retry: 'no' | 'safe' | 'later' | 'unknown';
  readonly message: string;
  /** What to do next, for the person who reads it. */
  readonly next: string;
}

const define = <Codes extends string>(table: Record<Codes, ErrorSpec>): Readonly<Record<Codes, ErrorSpec>> =>
  Object.freeze(table);

const client = (status: number, message: string, next: string): ErrorSpec => ({
  status,
  side: 'client',
  retry: 'no',
  message,
  next,
});

const operator = (status: number, message: string, next: string): ErrorSpec => ({
  status,
  side: 'operator',
  retry: 'no',
  message,
  next,
});

export const ERRORS = define({
  // The message itself (RFC 9112, RFC 9110).
  BAD_REQUEST: client(
    400,
    'the request breaks a rule of HTTP',
    'send a message that RFC 9112 allows; the detail names the rule',
  ),
  BAD_HOST: client(400, 'the Host header is missing, repeated or malformed', 'send exactly one valid Host'),
  BAD_FRAMING: client(
    400,
    'the length of the body is ambiguous',
    'send one Content-Length or Transfer-Encoding: chunked, never both',
  ),
  BAD_HEADER: client(400, 'a header field is not allowed', 'send token names and values without control characters'),
  BAD_TARGET: client(
    400,
    'the request target is not allowed',
    'send a path of visible ASCII without backslash or fragment',
  ),
  AMBIGUOUS_PATH: client(
    400,
    'the path can be read in two ways',
    'send dots and slashes unencoded and each slash once',
  ),
  HEAD_TOO_LARGE: client(431, 'the head of the request is too large', 'send at most 16 KiB and 100 header fields'),
  TARGET_TOO_LONG: client(414, 'the request target is too long', 'send at most 8 KiB'),
  BODY_TOO_LARGE: client(
    413,
    'the body exceeds the route’s limit',
    'send less, or raise limits.bodyBytes of the route',
  ),
  HEAD_TIMEOUT: client(408, 'the head of the request did not arrive in time', 'send it faster, or raise door.headMs'),
  BODY_TIMEOUT: client(408, 'the body of the request made no progress', 'send it faster, or raise timeouts.bodyIdleMs'),
  METHOD_REFUSED: client(405, 'the gateway never takes this method', 'do not use CONNECT, TRACE or TRACK'),
  EXPECTATION_FAILED: client(417, 'the expectation is not known', 'send Expect: 100-continue, or none'),
  METHOD_NOT_ALLOWED: client(405, 'this route takes safe methods only', 'use GET, HEAD or OPTIONS'),
  NO_ROUTE: client(404, 'no route matches', 'add a route to the ruleset'),
  CLIENT_GONE: client(499, 'the client left before the answer', 'nothing'),
  CLIENT_STALLED: client(
    499,
    'the client stopped taking the answer',
    'read the answer, or raise timeouts.bodyIdleMs of the route',
  ),
  // Identity.
  USER_ID_MISSING: client(400, 'no user ID', 'send one of the route’s identity sources'),
  USER_ID_INVALID: client(
    400,
    'the user ID is not valid',
    'send 1 to 64 characters with digits where the shard rule reads them',
  ),
  USER_ID_CONFLICT: client(400, 'two sources name different users', 'send one user ID'),
  USER_ID_REPEATED: client(400, 'a source of the user ID occurs twice', 'send it once'),
  TOKEN_INVALID: client(401, 'the token is not valid', 'get a new token'),
  IDENTITY_UNAVAILABLE: {
    status: 503,
    side: 'gateway',
    retry: 'later',
    message: 'the identity could not be looked up in time',
    next: 'look at the session store (Redis) or the key set; the route’s identity.onUnavailable decides what happens',
  },
  // Routing and admission.
  NO_TABLE: {
    status: 503,
    side: 'gateway',
    retry: 'later',
    message: 'this gateway has no routing table yet',
    next: 'look at /readyz of the gateway and at the store',
  },
  NO_HEALTHY_CELL: {
    status: 503,
    side: 'cell',
    retry: 'later',
    message: 'no cell of the unit can take requests',
    next: 'look at `ldc status`: it names the cells and their instances',
  },
  SHARD_MOVING: {
    status: 503,
    side: 'gateway',
    retry: 'later',
    message: 'the shard is changing its owner',
    next: 'send it again after Retry-After',
  },
  HOLD_FULL: {
    status: 503,
    side: 'gateway',
    retry: 'later',
    message: 'the shard is changing its owner, and no more requests can be held',
    next: 'send it again after Retry-After; the detail names the bound that is reached',
  },
  STORE_LOST: {
    status: 503,
    side: 'store',
    retry: 'later',
    message: 'the guard had no news from the coordination store for too long, so it admits no writes',
    next: 'look at the store and at the way to it; writes go on within a second of its return',
  },
  OUTCOME_UNKNOWN: {
    status: 504,
    side: 'gateway',
    retry: 'unknown',
    message: 'the shard left its owner while the write was under way: it may have been executed',
    next: 'look whether it was executed before sending it again; with an Idempotency-Key the same key is safe',
  },
  STALE_EPOCH: {
    status: 503,
    side: 'gateway',
    retry: 'safe',
    message: 'the guard knows a newer epoch of this shard',
    next: 'nothing: the edge takes a newer table and sends again; seen by a client only if that failed twice',
  },
  GUARD_BEHIND: {
    status: 503,
    side: 'gateway',
    retry: 'safe',
    message: 'the guard could not read the epoch that the edge claims',
    next: 'look at the store and at the guard’s table feed',
  },
  NOT_OWNER: {
    status: 503,
    side: 'gateway',
    retry: 'safe',
    message: 'this data center has no cell that owns the shard',
    next: 'nothing: the edge takes a newer table and sends again; seen by a client only if that failed twice',
  },
  OVERLOADED: {
    status: 503,
    side: 'gateway',
    retry: 'later',
    message: 'a concurrency limit is reached',
    next: 'send less, or raise the limit that the detail names',
  },
  DRAINING: {
    status: 503,
    side: 'gateway',
    retry: 'safe',
    message: 'this gateway is shutting down',
    next: 'send it again: another gateway takes it',
  },
  // The way to the cell.
  CONNECT_FAILED: {
    status: 502,
    side: 'cell',
    retry: 'safe',
    message: 'no connection to the cell',
    next: 'look at the instance’s health in `ldc status`',
  },
  CONNECT_TIMEOUT: {
    status: 504,
    side: 'cell',
    retry: 'safe',
    message: 'the cell did not accept a connection in time',
    next: 'look at the instance, or raise timeouts.connectMs',
  },
  RESPONSE_TIMEOUT: {
    status: 504,
    side: 'cell',
    retry: 'unknown',
    message: 'the cell did not answer in time',
    next: 'look at the instance, or raise timeouts.responseHeadMs',
  },
  RESPONSE_STALLED: {
    status: 504,
    side: 'cell',
    retry: 'unknown',
    message: 'the answer of the cell stopped in the middle',
    next: 'look at the instance, or raise timeouts.bodyIdleMs',
  },
  REQUEST_TIMEOUT: {
    status: 504,
    side: 'gateway',
    retry: 'unknown',
    message: 'the whole request took too long',
    next: 'look at the cell, or raise timeouts.requestMs',
  },
  CELL_RESET: {
    status: 502,
    side: 'cell',
    retry: 'unknown',
    message: 'the cell closed the connection before its answer was complete',
    next: 'look at the instance’s log',
  },
  BAD_RESPONSE: {
    status: 502,
    side: 'cell',
    retry: 'unknown',
    message: 'the answer of the cell breaks a rule of HTTP',
    next: 'look at the instance’s log; the detail names the rule',
  },
  INTERLINK_DOWN: {
    status: 502,
    side: 'gateway',
    retry: 'safe',
    message: 'no interlink to the data center',
    next: 'look at the interlink metrics and the network between the data centers',
  },
  ADMISSION_TIMEOUT: {
    status: 504,
    side: 'gateway',
    retry: 'unknown',
    message: 'the guard of the other data center did not answer in time',
    next: 'look at the interlink metrics and at that gateway, or raise timeouts.connectMs',
  },
  INTERLINK_LOST: {
    status: 504,
    side: 'gateway',
    retry: 'unknown',
    message: 'the interlink broke after the request was admitted',
    next: 'only an idempotent request may be sent again',
  },
  // The coordination store.
  STORE_UNAVAILABLE: {
    status: 503,
    side: 'store',
    retry: 'safe',
    message: 'the coordination store cannot be reached, and nothing was done',
    next: 'look at the store (etcd members, or the file and its disk); the gateways go on with their last table',
  },
  STORE_TIMEOUT: {
    status: 504,
    side: 'store',
    retry: 'safe',
    message: 'the coordination store did not answer in time, and nothing was written',
    next: 'look at the load and the disk of the store, or raise the time limit that the detail names',
  },
  STORE_AMBIGUOUS: {
    status: 504,
    side: 'store',
    retry: 'unknown',
    message: 'the answer to a transaction was lost: it may have happened',
    next: 'read the keys again and compare; never send the transaction again unread',
  },
  STORE_CLOSED: {
    status: 503,
    side: 'store',
    retry: 'unknown',
    message: 'this process has closed the coordination store',
    next: 'nothing: the process is ending; a transaction that was on its way may have happened',
  },
  STORE_TOO_LARGE: {
    status: 413,
    side: 'store',
    retry: 'no',
    message: 'more than the coordination store takes or gives at once',
    next: 'write less in one transaction or value; the detail names the limit',
  },
  STORE_BAD_CALL: {
    status: 500,
    side: 'store',
    retry: 'no',
    message: 'a call of the coordination store breaks a rule of its port',
    next: 'report it with the log line: it is a bug in the caller',
  },
  STORE_OVERLOADED: {
    status: 503,
    side: 'store',
    retry: 'later',
    message: 'too many calls of the coordination store are waiting in this process',
    next: 'look at the store’s latency, or raise store.maxPending',
  },
  STORE_AUTH: {
    status: 503,
    side: 'store',
    retry: 'no',
    message: 'the coordination store refuses the user, password, certificate or permission',
    next: 'check the credentials of the store, and that its user may read and write the realm’s prefix',
  },
  STORE_CORRUPT: {
    status: 503,
    side: 'store',
    retry: 'no',
    message: 'the data of the coordination store cannot be used',
    next: 'the detail says what is wrong with it; restore the file or the etcd cluster from a backup',
  },
  STORE_OPTIONS: {
    status: 0,
    side: 'operator',
    retry: 'no',
    message: 'the options of the coordination store are not valid',
    next: 'correct the option that the detail names',
  },
  // The control API and the operator's command line.
  UNAUTHENTICATED: operator(
    401,
    'no valid token',
    'send Authorization: Bearer with a token of the control node’s token file',
  ),
  AUTH_THROTTLED: {
    ...operator(
      429,
      'too many calls with a token that is not valid came from this address',
      'wait as Retry-After says',
    ),
    retry: 'later',
  },
  FORBIDDEN: operator(
    403,
    'the role of this token does not allow the call',
    'use a token with the role that the detail names',
  ),
  NOT_FOUND: operator(404, 'the control API has no such call', 'look at /openapi.json'),
  CALL_INVALID: operator(400, 'the call’s parameters or body are not valid', 'correct what the detail names'),
  CALL_TOO_LARGE: operator(413, 'the body of the call is too large', 'send less; the detail names the limit'),
  CALL_TIMEOUT: operator(408, 'the call did not arrive in time', 'send it faster, or raise api.receiveMs'),
  NO_RULESET: operator(404, 'no ruleset has been applied to this realm', 'run `ldc rules apply FILE`'),
  RULES_INVALID: operator(422, 'the ruleset has mistakes; what runs is untouched', 'correct the lines that are named'),
  RULES_REFUSED: operator(422, 'the ruleset cannot be applied to what runs', 'do first what the detail asks for'),
  CONFLICT: operator(
    409,
    'what runs is not what the change was planned on',
    'look at what changed since, then plan again',
  ),
  STORE_WENT_BACK: operator(
    409,
    'the store holds an older table than gateways or data gates have seen: it was restored from a backup or created anew',
    'look at it with `ldc store adopt --dry-run`, then adopt it; nothing else can change the table before',
  ),
  ADOPTION_REFUSED: operator(
    422,
    'the store cannot be adopted like this',
    'do what the detail asks for; `ldc store adopt --dry-run` shows what was seen',
  ),
  APPLY_UNKNOWN: {
    status: 503,
    side: 'store',
    retry: 'unknown',
    message: 'the store did not say whether the ruleset was applied',
    next: 'send the same apply with the same id again (it is done once at most), or look at the epoch in `ldc status`',
  },
  OPERATION_UNKNOWN: {
    status: 503,
    side: 'store',
    retry: 'unknown',
    message: 'the answer was lost: what was asked for may have been done',
    next: 'send the same call with the same Idempotency-Key again (it is done once at most), or look at `ldc operations`',
  },
  PLAN_IMPOSSIBLE: operator(422, 'there is nothing that could be planned', 'the detail says what to do'),
  OPERATION_REFUSED: operator(
    422,
    'a safety rule refuses the operation',
    'do what would satisfy the rule, or, as an admin, override it by its name',
  ),
  NO_OPERATION: operator(404, 'there is no such operation', 'look at `ldc operations`'),
  OPERATION_PAST: operator(
    409,
    'the operation is past the point where this could be asked of it',
    'look at it with `ldc operations ID`; after the grant only a new operation moves shards back',
  ),
  IDEMPOTENCY_KEY: operator(
    422,
    'the Idempotency-Key is missing, malformed, or was used for something else',
    'send a new one of 8 to 64 letters, digits, _ and - for each new operation',
  ),
  CONTROL_UNREACHABLE: operator(
    0,
    'no control node answered',
    'check --control, the network, and that `ldc control` runs',
  ),
  CONTROL_ANSWER_INVALID: operator(
    0,
    'what answered is not the control API',
    'check --control; something else listens there',
  ),
  CLI_USAGE: operator(0, 'the command line is not valid', 'run the command with --help'),
  CLI_INPUT: operator(0, 'a file or setting that the command needs cannot be used', 'correct what the detail names'),
  // Programs and their surroundings.
  CONFIG_INVALID: {
    status: 0,
    side: 'operator',
    retry: 'no',
    message: 'the configuration has mistakes',
    next: 'correct the settings that the detail names (docs/configuration.md)',
  },
  BAD_REGISTRATION: {
    status: 400,
    side: 'cell',
    retry: 'no',
    message: 'an instance cannot be registered like this',
    next: 'send the ID of a cell of this data center and an address host:port',
  },
  INTERNAL: {
    status: 500,
    side: 'gateway',
    retry: 'unknown',
    message: 'a bug in the gateway',
    next: 'report it with the request ID and the log line',
  },
});

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code of the table; `detail` says what was seen, what is allowed, and where. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${ERRORS[code].message}: ${detail}`, options);
    this.name = 'CodedError';
    this.code = code;
    this.detail = detail;
  }
}
