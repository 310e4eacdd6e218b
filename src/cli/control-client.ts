import type { ErrorAnswer } from '../control/api-types.ts';
import { CodedError, ERRORS, type ErrorCode } from '../errors.ts';
import type { CliCallResult, CliEnvironment } from './cli-environment.ts';
import type { ControlAccess } from './operator-file.ts';

/** What a control node refused, with all that it said. */
export class RefusedByControl extends CodedError {
  readonly answer: ErrorAnswer;

  constructor(code: ErrorCode, answer: ErrorAnswer) {
    super(code, answer.error.detail);
    this.answer = answer;
  }
}

/** Codes after which another control node may know better. */
const ELSEWHERE: readonly ErrorCode[] = [
  'STORE_CLOSED',
  'STORE_OVERLOADED',
  'STORE_UNAVAILABLE',
  'STORE_TIMEOUT',
  'APPLY_UNKNOWN',
];

/**
 * Calls the control nodes: the first that answers, beginning with the one that answered last. Every call may be sent
 * again elsewhere: reads change nothing, and an apply carries an ID and the epoch that it was planned on, so that it is
 * done once at most and its second answer says whether the first was carried out.
 */
export class ControlClient {
  readonly #env: CliEnvironment;
  readonly #access: ControlAccess;
  readonly #timeoutMs: number;
  #first = 0;

  constructor(env: CliEnvironment, access: ControlAccess, timeoutMs: number) {
    this.#env = env;
    this.#access = access;
    this.#timeoutMs = timeoutMs;
  }

  get<T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<T> {
    const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
    return this.#call<T>('GET', path + search, null, false);
  }

  /** `isChange`: a lost answer leaves open whether it happened (APPLY_UNKNOWN). */
  post<T>(path: string, body: object, isChange = false): Promise<T> {
    return this.#call<T>('POST', path, JSON.stringify(body), isChange);
  }

  async #call<T>(method: 'GET' | 'POST', path: string, body: string | null, isChange: boolean): Promise<T> {
    const { endpoints } = this.#access;
    const failures: string[] = [];
    let maySent = false;
    let isStrange = false;
    let refusal: RefusedByControl | null = null;
    for (let attempt = 0; attempt < endpoints.length; attempt += 1) {
      const index = (this.#first + attempt) % endpoints.length;
      const endpoint = endpoints[index] ?? '';
      const result = readAnswer(await this.#send(endpoint, method, path, body));
      if (result.kind === 'ok') {
        this.#first = index;
        return result.body as T;
      }
      maySent ||= result.maySent;
      failures.push(`${endpoint}: ${result.detail}`);
      isStrange ||= result.isStrange;
      refusal = result.refusal ?? refusal;
      if (result.refusal !== null && !ELSEWHERE.includes(result.refusal.code)) break;
    }
    // A conflict is certain: had an earlier attempt been carried out, its ID would have been found.
    if (refusal?.code === 'CONFLICT') throw refusal;
    // An earlier node may have carried it out, although the last one says that it did nothing itself.
    if (isChange && maySent) throw new CodedError('APPLY_UNKNOWN', failures.join('; '));
    throw refusal ?? new CodedError(isStrange ? 'CONTROL_ANSWER_INVALID' : 'CONTROL_UNREACHABLE', failures.join('; '));
  }

  #send(endpoint: string, method: 'GET' | 'POST', path: string, body: string | null): Promise<CliCallResult> {
    const { token, ca } = this.#access;
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'user-agent': `ldc/${this.#env.version}`,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    };
    return this.#env.call({ url: endpoint + path, method, headers, body, timeoutMs: this.#timeoutMs, ca });
  }
}

type Reading =
  | { readonly kind: 'ok'; readonly body: unknown }
  | {
      readonly kind: 'not';
      readonly maySent: boolean;
      /** Something answered that is not the control API. */
      readonly isStrange: boolean;
      readonly detail: string;
      readonly refusal: RefusedByControl | null;
    };

function readAnswer(result: CliCallResult): Reading {
  if (result.kind === 'failed') {
    return { kind: 'not', maySent: result.maySent, isStrange: false, detail: result.detail, refusal: null };
  }
  const body = parseJson(result.text);
  if (result.status === 200 && typeof body === 'object' && body !== null) return { kind: 'ok', body };
  const error = (body as Partial<ErrorAnswer> | null)?.error;
  if (typeof error?.code !== 'string' || typeof error.detail !== 'string' || !Object.hasOwn(ERRORS, error.code)) {
    const detail = `answered ${result.status} with something that is not the control API’s`;
    return { kind: 'not', maySent: true, isStrange: true, detail, refusal: null };
  }
  const refusal = new RefusedByControl(error.code, body as ErrorAnswer);
  const maySent = error.code === 'APPLY_UNKNOWN' || error.code === 'STORE_CLOSED' || error.code === 'INTERNAL';
  return { kind: 'not', maySent, isStrange: false, detail: refusal.message, refusal };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
