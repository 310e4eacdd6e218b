import { createRequire } from 'node:module';
import type { Redis, RedisOptions } from 'ioredis';
import type { Random } from '../../core/clock.ts';
import type { SessionStore } from './session-store.ts';
import { reasonOf } from './time-limit.ts';

export interface RedisSessionStoreOptions {
  /** `redis[s]://[user:password@]host[:port][/db]`, `rediss` for TLS, or `unix:///path/of.sock`. */
  readonly url: string;
  /** PEM of the authorities that the server's certificate is verified with; default: the system's. */
  readonly ca?: string;
  readonly random: Random;
  /** Longest attempt to connect; default 1,000 ms. */
  readonly connectMs?: number;
  /** A connection with unanswered requests that is silent for this long is given up; default 1,000 ms. */
  readonly silenceMs?: number;
  /** Longest pause between two attempts to connect (they begin at 50 ms and double); default 2,000 ms. */
  readonly maxReconnectMs?: number;
  /** Unanswered requests; one more is refused; default 4,096. */
  readonly maxPending?: number;
  /** Told when the connection became usable, and (once for each outage) why it is not. Must not throw. */
  readonly onConnection?: (state: 'usable' | 'lost', detail: string) => void;
}

const FIRST_RECONNECT_MS = 50;

/**
 * Adapter: sessions in Redis. Nothing is queued while there is no connection: such a look-up is refused at once. A
 * connection that fell silent is replaced, and it reconnects for ever, so that no restart of Redis needs one of the
 * gateway. Only `GET` is used (and `AUTH`, `SELECT`), so a user with `+get` on the sessions' prefix is enough.
 * Throws a TypeError if the URL is not one.
 */
export class RedisSessionStore implements SessionStore {
  readonly #redis: Redis;
  readonly #maxPending: number;
  readonly #onConnection: (state: 'usable' | 'lost', detail: string) => void;
  #pending = 0;
  #problem = 'not connected yet';
  #announced: 'usable' | 'lost' | null = null;
  #closed = false;

  constructor(options: RedisSessionStoreOptions) {
    this.#maxPending = options.maxPending ?? 4096;
    this.#onConnection = options.onConnection ?? (() => {});
    // Loaded by those only that have a Redis: it takes a tenth of a second of every start.
    const require = createRequire(import.meta.url);
    const library = require('ioredis') as { readonly Redis: typeof Redis };
    this.#redis = new library.Redis(connectionOptions(options));
    this.#redis.on('ready', () => this.#announce('usable', 'connected'));
    this.#redis.on('error', (error: unknown) => this.#lost(reasonOf(error)));
    this.#redis.on('close', () => this.#lost('the connection closed'));
  }

  async get(key: string): Promise<string | null> {
    if (this.#closed) throw new Error('the session store is closed');
    if (this.#redis.status !== 'ready') throw new Error(`no connection to Redis: ${this.#problem}`);
    if (this.#pending >= this.#maxPending) throw new Error(`${this.#pending} requests to Redis are unanswered`);
    this.#pending++;
    try {
      return await this.#redis.get(key);
    } catch (error) {
      throw new Error(`Redis: ${reasonOf(error)}`, { cause: error });
    } finally {
      this.#pending--;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Between two attempts there is no socket whose end could be waited for.
    const hasSocket = this.#redis.status !== 'end' && this.#redis.status !== 'reconnecting';
    const ended = hasSocket ? new Promise<void>((resolve) => this.#redis.once('end', () => resolve())) : null;
    this.#redis.disconnect();
    await ended;
  }

  /** `error` comes before `close`: the first reason of an outage is the one worth keeping. */
  #lost(reason: string): void {
    if (this.#announced !== 'lost' || reason !== 'the connection closed') this.#problem = reason;
    this.#announce('lost', reason);
  }

  #announce(state: 'usable' | 'lost', detail: string): void {
    if (this.#announced === state || this.#closed) return;
    this.#announced = state;
    this.#onConnection(state, detail);
  }
}

function connectionOptions(options: RedisSessionStoreOptions): RedisOptions {
  const { random, maxReconnectMs = 2000 } = options;
  return {
    ...address(options),
    connectTimeout: options.connectMs ?? 1000,
    socketTimeout: options.silenceMs ?? 1000,
    disconnectTimeout: 200,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // 0: a closed connection fails its unanswered requests at once, instead of keeping them for the next one.
    maxRetriesPerRequest: 0,
    protocol: 2,
    // The ready check would need INFO; a server that still loads says so in its answer to GET.
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: (attempt) => {
      const delay = Math.min(FIRST_RECONNECT_MS * 2 ** Math.min(attempt - 1, 16), maxReconnectMs);
      return Math.ceil(delay / 2 + (delay / 2) * (random.next() / 2 ** 32));
    },
  };
}

function address(options: RedisSessionStoreOptions): RedisOptions {
  const url = URL.parse(options.url);
  const invalid = (why: string) =>
    new TypeError(
      `the session store's address ${why}; expected redis[s]://[user:password@]host[:port][/db] or unix:///path`,
    );
  if (url === null) throw invalid('is not a URL');
  if (url.search !== '' || url.hash !== '') throw invalid('must not have a query or fragment');
  const credentials = {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  };
  if (url.protocol === 'unix:' && url.pathname.length > 1)
    return { path: decodeURIComponent(url.pathname), ...credentials };
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') throw invalid(`has the scheme "${url.protocol}"`);
  if (url.hostname === '') throw invalid('has no host');
  if (!/^\/?$|^\/\d{1,4}$/.test(url.pathname))
    throw invalid(`has the database "${url.pathname.slice(1)}", a number is needed`);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const tls = url.protocol === 'rediss:' ? { tls: { ca: options.ca, rejectUnauthorized: true } } : {};
  return { host, port: Number(url.port || 6379), db: Number(url.pathname.slice(1) || 0), ...credentials, ...tls };
}
