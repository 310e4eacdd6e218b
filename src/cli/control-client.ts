import type { ErrorAnswer } from '../control/api-types.ts';
import { CodedError, ERRORS, type ErrorCode } from '../errors.ts';
import type { CliCall, CliCallResult, CliEnvironment, CliStreamEnd } from './cli-environment.ts';
import { EventStreamParser, type ServerSentEvent } from './event-stream.ts';
import type { ControlAccess } from './operator-file.ts';

/** What a control node refused, with all that it said. */
export class RefusedByControl extends CodedError {
  readonly answer: ErrorAnswer;

  constructor(code: ErrorCode, answer: ErrorAnswer) {
    super(code, answer.error.detail);
    this.answer = answer;
  }
}

export type EventsEnd =
  | { readonly kind: 'stopped' }
  /** The node went away, or ended the stream. */
  | { readonly kind: 'lost'; readonly detail: string };

/** A control node sends a comment every few seconds. */
const SILENCE_MS = 10_000;

/** Codes after which another control node may know better. */
const ELSEWHERE: readonly ErrorCode[] = [
  'STORE_CLOSED',
  'STORE_OVERLOADED',
  'STORE_UNAVAILABLE',
  'STORE_TIMEOUT',
  'APPLY_UNKNOWN',
  'OPERATION_UNKNOWN',
];

type Method = CliCall['method'];

/** What is special about a call that changes something. */
export interface ChangeCall {
  /** Told when the answer is lost, so that it stays open whether it happened. */
  readonly unknown: ErrorCode;
  /** The same change sent again under the same key is made once. */
  readonly idempotencyKey?: string;
}

export const RULESET_CHANGE: ChangeCall = { unknown: 'APPLY_UNKNOWN' };

interface Sending {
  readonly method: Method;
  readonly path: string;
  readonly body: string | null;
  readonly change: ChangeCall | null;
}

/** Refusals of a node that may have done it all the same. */
const MAYBE_DONE: readonly ErrorCode[] = ['APPLY_UNKNOWN', 'OPERATION_UNKNOWN', 'STORE_CLOSED', 'INTERNAL'];

/**
 * Calls the control nodes: the first that answers, beginning with the one that answered last. Every call may be sent
 * again elsewhere: reads change nothing, a wish is the same the second time, an apply carries an ID and the epoch that it was
 * planned on, and the start of an operation a key, so that it is done once at most and its second answer says whether the first
 * was carried out.
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
    return this.#call<T>({ method: 'GET', path: path + search, body: null, change: null });
  }

  post<T>(path: string, body: object, change: ChangeCall | null = null): Promise<T> {
    return this.#call<T>({ method: 'POST', path, body: JSON.stringify(body), change });
  }

  put<T>(path: string, body: object, change: ChangeCall): Promise<T> {
    return this.#call<T>({ method: 'PUT', path, body: JSON.stringify(body), change });
  }

  /**
   * Reads the events of one control node, the one that answered last; after a failure the next call asks the next one. Throws
   * what the node refused and no other would allow.
   */
  async events(path: string, stop: AbortSignal, onEvent: (event: ServerSentEvent) => void): Promise<EventsEnd> {
    const endpoint = this.#access.endpoints[this.#first] ?? '';
    const over = new AbortController();
    const parser = new EventStreamParser();
    const end = await this.#env.stream({
      url: endpoint + path,
      headers: this.#headers({ accept: 'text/event-stream' }),
      ca: this.#access.ca,
      headMs: this.#timeoutMs,
      silenceMs: SILENCE_MS,
      stop: AbortSignal.any([stop, over.signal]),
      onText: (text) => {
        const events = parser.push(text);
        if (events === null) over.abort();
        else for (const event of events) onEvent(event);
      },
    });
    if (stop.aborted) return { kind: 'stopped' };
    this.#first = (this.#first + 1) % this.#access.endpoints.length;
    const detail = end.kind === 'stopped' ? 'sent an event that is too long' : detailOf(end);
    return { kind: 'lost', detail: `${endpoint}: ${detail}` };
  }

  async #call<T>(sending: Sending): Promise<T> {
    const { endpoints } = this.#access;
    const failures: string[] = [];
    let maySent = false;
    let isStrange = false;
    let refusal: RefusedByControl | null = null;
    for (let attempt = 0; attempt < endpoints.length; attempt += 1) {
      const index = (this.#first + attempt) % endpoints.length;
      const endpoint = endpoints[index] ?? '';
      const result = readAnswer(await this.#send(endpoint, sending));
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
    if (sending.change !== null && maySent) throw new CodedError(sending.change.unknown, failures.join('; '));
    throw refusal ?? new CodedError(isStrange ? 'CONTROL_ANSWER_INVALID' : 'CONTROL_UNREACHABLE', failures.join('; '));
  }

  #send(endpoint: string, { method, path, body, change }: Sending): Promise<CliCallResult> {
    const headers = this.#headers({
      accept: 'application/json',
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...(change?.idempotencyKey === undefined ? {} : { 'idempotency-key': change.idempotencyKey }),
    });
    const { ca } = this.#access;
    return this.#env.call({ url: endpoint + path, method, headers, body, timeoutMs: this.#timeoutMs, ca });
  }

  #headers(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.#access.token}`, 'user-agent': `ldc/${this.#env.version}`, ...more };
  }
}

/** Reading a stream that is none gives a refusal; only one that another node would give as well is thrown. */
function detailOf(end: Exclude<CliStreamEnd, { kind: 'stopped' }>): string {
  if (end.kind !== 'answer') return end.detail;
  const reading = readAnswer(end);
  if (reading.kind === 'ok') return 'answered with something that is no stream of events';
  if (reading.refusal !== null && !ELSEWHERE.includes(reading.refusal.code)) throw reading.refusal;
  return reading.detail;
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
  if (result.status >= 200 && result.status < 300 && typeof body === 'object' && body !== null)
    return { kind: 'ok', body };
  const error = (body as Partial<ErrorAnswer> | null)?.error;
  if (typeof error?.code !== 'string' || typeof error.detail !== 'string' || !Object.hasOwn(ERRORS, error.code)) {
    const detail = `answered ${result.status} with something that is not the control API’s`;
    return { kind: 'not', maySent: true, isStrange: true, detail, refusal: null };
  }
  const refusal = new RefusedByControl(error.code, body as ErrorAnswer);
  const maySent = MAYBE_DONE.includes(error.code);
  return { kind: 'not', maySent, isStrange: false, detail: refusal.message, refusal };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
