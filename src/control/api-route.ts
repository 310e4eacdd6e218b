import type { ErrorCode } from '../errors.ts';
import type { Role } from './api-types.ts';
import type { Principal } from './auth/token-list.ts';
import type { Schema } from './schemas/schema-parts.ts';

/** A call of the API after authentication and schema check. */
export interface ApiRequest {
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Parts of the path in braces. */
  readonly params: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  readonly body: unknown;
  /** Null on open routes. */
  readonly principal: Principal | null;
}

/**
 * One call of the API as a value: the server registers exactly these, and /openapi.json describes exactly these. The handler
 * returns the body of a 200 or throws an error with a code.
 */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `/v1/operations/{id}`: braces name a part. */
  readonly path: string;
  /** `open`: without a token. */
  readonly role: Role | 'open';
  readonly summary: string;
  /** Query parameters; none is required unless `requiredQuery` names it. */
  readonly query?: Readonly<Record<string, Schema>>;
  readonly requiredQuery?: readonly string[];
  /** Description of the header Idempotency-Key, where the call needs one. */
  readonly idempotencyKey?: string;
  /** Name of the body's schema in components. */
  readonly body?: string;
  /** Name of the answer's schema in components; null: any object. */
  readonly answer: string | null;
  /** Codes that this call can be refused with, besides those that any call can. */
  readonly errors: readonly ErrorCode[];
  /** `apply`: has the longer time limit, and its lateness proves nothing. */
  readonly pace?: 'apply';
  /** Where the lateness of a change proves nothing, the code that says so. */
  readonly lateCode?: ErrorCode;
  readonly handle: (request: ApiRequest) => Promise<object>;
  /** Begins once `handle` has answered, and is sent instead of that: text/event-stream, until it ends or the caller leaves. */
  readonly stream?: (request: ApiRequest, signal: AbortSignal) => AsyncIterable<string>;
}
