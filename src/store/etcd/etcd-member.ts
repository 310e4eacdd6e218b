import type { MonotonicMs } from '../../core/ids.ts';
import type { StoreAmbience } from '../hint-sink.ts';
import type { EtcdAccess } from './etcd-access.ts';
import { EtcdConnection, type Rpc } from './etcd-connection.ts';
import { EtcdFailure } from './etcd-failure.ts';

/** One endpoint with its connection and token, both replaced when they turn out to be bad. */
export class EtcdMember {
  readonly endpoint: string;
  readonly #access: EtcdAccess;
  readonly #ambience: StoreAmbience;
  readonly #closing: AbortSignal;
  #connection: EtcdConnection;
  #token: Promise<string | undefined> | undefined;
  #lastGoodAt: MonotonicMs | undefined;

  /** When `closing` aborts, with an EtcdFailure as its reason, so do all calls. */
  constructor(endpoint: string, access: EtcdAccess, ambience: StoreAmbience, closing: AbortSignal) {
    this.endpoint = endpoint;
    this.#access = access;
    this.#ambience = ambience;
    this.#closing = closing;
    this.#connection = new EtcdConnection(endpoint, access);
  }

  /** Its connection stands, and it answered a linearizable call that was sent at most `withinMs` ago: it had a quorum then. */
  wasGoodWithin(withinMs: number): boolean {
    if (!this.#connection.isReady()) return false;
    return this.#lastGoodAt !== undefined && this.#ambience.clock.monotonicMs() - this.#lastGoodAt <= withinMs;
  }

  /**
   * One call, ended after `limitMs`. A token that the server does not know (any more) is fetched anew and the call made
   * once more: the server refuses before it does anything. Fails with an EtcdFailure.
   */
  async call(rpc: Rpc, limitMs: number): Promise<unknown> {
    const sentAt = this.#ambience.clock.monotonicMs();
    const connection = this.#connection;
    const answer = await this.#limited(limitMs, async (signal) => {
      try {
        return await connection.unary(rpc, await this.token(signal), signal);
      } catch (failure) {
        if (!(failure instanceof EtcdFailure) || failure.kind !== 'token') throw failure;
        if (this.#access.credentials === undefined) throw new EtcdFailure('denied', this.endpoint, failure.message);
        this.forgetToken();
        return connection.unary(rpc, await this.token(signal), signal);
      }
    }).catch((failure: unknown) => {
      // A connection that swallowed a request may be dead for minutes before TCP says so.
      if (failure instanceof EtcdFailure && failure.kind === 'timeout') this.#replace(connection);
      throw failure;
    });
    this.#lastGoodAt = sentAt;
    return answer;
  }

  /** The token to send, fetched once for all who wait; undefined where none is needed. */
  token(signal: AbortSignal): Promise<string | undefined> {
    if (this.#access.credentials === undefined) return Promise.resolve(undefined);
    if (this.#token === undefined) {
      const token = this.#authenticate(this.#access.credentials, signal);
      this.#token = token;
      token.catch(() => {
        if (this.#token === token) this.#token = undefined;
      });
    }
    return this.#token;
  }

  forgetToken(): void {
    this.#token = undefined;
  }

  /** A connection of its own for a watch: a page of a snapshot in front of it cannot delay its hints. */
  connectForWatch(): EtcdConnection {
    return new EtcdConnection(this.endpoint, this.#access);
  }

  close(): void {
    this.#connection.close();
  }

  async #authenticate(
    { user, password }: { user: string; password: string },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const rpc: Rpc = { service: 'Auth', method: 'authenticate', request: { name: user, password } };
    try {
      const answer = await this.#connection.unary(rpc, undefined, signal);
      return (answer as { token: string }).token;
    } catch (failure) {
      // Like etcd's own client: a cluster whose authentication is not switched on yet takes everybody.
      if (failure instanceof EtcdFailure && failure.kind === 'auth-off') return undefined;
      throw failure;
    }
  }

  async #limited<T>(limitMs: number, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#closing.aborted) throw this.#closing.reason;
    const abort = new AbortController();
    const expire = (): void =>
      abort.abort(new EtcdFailure('timeout', this.endpoint, `no answer in ${Math.round(limitMs)} ms`));
    const close = (): void => abort.abort(this.#closing.reason);
    const timer = this.#ambience.clock.setTimer(limitMs, expire);
    this.#closing.addEventListener('abort', close);
    try {
      return await Promise.race([body(abort.signal), aborted(abort.signal)]);
    } finally {
      timer.cancel();
      this.#closing.removeEventListener('abort', close);
    }
  }

  #replace(used: EtcdConnection): void {
    if (this.#connection !== used) return;
    this.#connection = new EtcdConnection(this.endpoint, this.#access);
    used.close();
  }
}

/** Rejects with the reason: the body may wait for something that knows no signal, e.g. another caller's token. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
