import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import type { Clock } from '../../core/clock.ts';
import type { CountIdentityEvent } from './identity-events.ts';
import type { KeySource } from './key-source.ts';
import { reasonOf, TIMED_OUT, withinLimit } from './time-limit.ts';

/** Most keys in one set. */
export const MAX_KEYS = 100;

export interface KeySetTimes {
  readonly refreshMs: number;
  readonly cooldownMs: number;
  readonly retryMs: number;
  readonly fetchMs: number;
  readonly staleMs: number;
}

export interface KeySetOptions {
  readonly clock: Clock;
  readonly source: KeySource;
  readonly times: KeySetTimes;
  readonly count: CountIdentityEvent;
}

/** One state of an issuer's keys; a new generation for each change of their text. */
export interface Keys {
  readonly generation: number;
  readonly resolve: LocalJWKSet;
}

/**
 * The keys of one issuer. They are fetched when first asked for, again in the background when they are `refreshMs` old,
 * and at once when a token names a key that they lack (not more often than every `cooldownMs`: anyone can invent key
 * IDs). While fetching fails the old ones are used until they are `staleMs` old. At most one fetch is under way.
 */
export class KeySet {
  readonly #options: KeySetOptions;
  readonly #stop = new AbortController();
  #keys: Keys | null = null;
  #text: string | null = null;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  #problem: string | null = null;
  #pending: Promise<void> | null = null;

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /** Why the last fetch failed; null if it did not, or there was none. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The keys to use now, or null if there are none or they are too old. Begins a refresh when one is due; never waits. */
  current(): Keys | null {
    const age = this.#age();
    const { refreshMs, staleMs } = this.#options.times;
    const isDue = this.#keys === null || age > refreshMs;
    if (isDue && this.#retryIsDue()) this.refresh();
    if (isDue && this.#problem !== null) this.#options.count('keys-stale');
    return age > staleMs ? null : this.#keys;
  }

  /** Like `current`, but waits for the fetch under way if there is nothing to use without it. */
  async usable(): Promise<Keys | null> {
    const keys = this.current();
    if (keys !== null || this.#pending === null) return keys;
    await this.#pending;
    return this.current();
  }

  /** After a token named a key that is not in `old`: newer keys if there are any or may be any, else null. */
  async newerThan(old: Keys): Promise<Keys | null> {
    if (this.#age() >= this.#options.times.cooldownMs && this.#retryIsDue()) this.refresh();
    if (this.#pending !== null) await this.#pending;
    return this.#keys === null || this.#keys.generation === old.generation ? null : this.#keys;
  }

  /** Fetches now, or joins the fetch under way. Never rejects: `problem` says how it went. */
  refresh(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the gateway is shutting down'));
    await this.#pending;
    await this.#options.source.close();
  }

  #age(): number {
    return this.#options.clock.monotonicMs() - this.#fetchedAt;
  }

  #retryIsDue(): boolean {
    return this.#options.clock.monotonicMs() - this.#failedAt >= this.#options.times.retryMs;
  }

  async #fetch(): Promise<void> {
    const { clock, source, times, count } = this.#options;
    const late = new AbortController();
    try {
      const reading = source.read(AbortSignal.any([late.signal, this.#stop.signal]));
      const text = await withinLimit(clock, times.fetchMs, reading);
      if (text === TIMED_OUT) throw new Error(`no answer within ${times.fetchMs} ms (keys.fetchMs)`);
      if (text !== this.#text) this.#accept(text);
      this.#fetchedAt = clock.monotonicMs();
      this.#problem = null;
      count('keys-fetched');
    } catch (error) {
      this.#failedAt = clock.monotonicMs();
      this.#problem = reasonOf(error);
      count('keys-fetch-failed');
    } finally {
      late.abort();
    }
  }

  #accept(text: string): void {
    const generation = (this.#keys?.generation ?? 0) + 1;
    this.#keys = { generation, resolve: createLocalJWKSet(parseKeySet(text)) };
    this.#text = text;
  }
}

function parseKeySet(text: string): JSONWebKeySet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('the key set is not JSON');
  }
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : null;
  if (!Array.isArray(keys)) throw new Error('the key set is not {"keys": [...]} (RFC 7517 §5)');
  if (keys.length === 0 || keys.length > MAX_KEYS)
    throw new Error(`the key set has ${keys.length} keys, 1 to ${MAX_KEYS} are allowed`);
  return value as JSONWebKeySet;
}
