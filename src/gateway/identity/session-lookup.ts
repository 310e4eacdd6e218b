import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/clock.ts';
import type { CountIdentityEvent } from './identity-events.ts';
import type { SessionSettings } from './identity-settings.ts';
import type { SessionStore } from './session-store.ts';
import { reasonOf, TIMED_OUT, withinLimit } from './time-limit.ts';

export type SessionAnswer =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unavailable'; readonly detail: string };

export interface SessionLookupOptions {
  readonly clock: Clock;
  readonly store: SessionStore;
  readonly settings: SessionSettings;
  readonly count: CountIdentityEvent;
}

interface KnownSession {
  /** Null: the store said that there is no such session. */
  readonly value: string | null;
  readonly answeredAtMs: number;
  /** Until then it is used without asking again. */
  readonly freshUntilMs: number;
}

const NONE: SessionAnswer = { kind: 'none' };

/**
 * Session look-ups with a memory: a known answer is given at once, without a promise; many requests that ask for one
 * unknown session share one look-up; while the store fails or is slow, a known user stays known for `staleMs` (a known
 * absence does not: the session may have begun since). Every wait ends after `lookupMs`, whatever the store does.
 */
export class SessionLookup {
  readonly #options: SessionLookupOptions;
  readonly #known: LRUCache<string, KnownSession>;
  readonly #pending = new Map<string, Promise<SessionAnswer>>();

  constructor(options: SessionLookupOptions) {
    this.#options = options;
    this.#known = new LRUCache({ max: options.settings.cacheEntries });
  }

  /** Never throws, never rejects. */
  lookup(key: string): SessionAnswer | Promise<SessionAnswer> {
    const { clock, settings, count } = this.#options;
    const known = this.#known.get(key);
    if (known !== undefined && clock.monotonicMs() < known.freshUntilMs) {
      count('session-cached');
      return answerOf(known.value);
    }
    const pending = this.#pending.get(key);
    if (pending !== undefined) {
      count('session-joined');
      return pending;
    }
    if (this.#pending.size >= settings.maxPending) {
      return this.#unanswered(key, `${settings.maxPending} sessions are being looked up already (session.maxPending)`);
    }
    const begun = this.#ask(key).finally(() => this.#pending.delete(key));
    this.#pending.set(key, begun);
    return begun;
  }

  /** What to say about a session whose look-up takes longer than a request can wait. */
  late(key: string, detail: string): SessionAnswer {
    return this.#unanswered(key, detail);
  }

  async #ask(key: string): Promise<SessionAnswer> {
    const { clock, store, settings, count } = this.#options;
    try {
      const value = await withinLimit(clock, settings.lookupMs, store.get(key));
      if (value === TIMED_OUT)
        return this.#unanswered(key, `no answer within ${settings.lookupMs} ms (session.lookupMs)`);
      const now = clock.monotonicMs();
      const freshMs = value === null ? settings.negativeMs : settings.positiveMs;
      this.#known.set(key, { value, answeredAtMs: now, freshUntilMs: now + freshMs });
      count('session-looked-up');
      return answerOf(value);
    } catch (error) {
      return this.#unanswered(key, reasonOf(error));
    }
  }

  #unanswered(key: string, reason: string): SessionAnswer {
    const { clock, settings, count } = this.#options;
    const now = clock.monotonicMs();
    const known = this.#known.get(key);
    if (known === undefined || known.value === null || now - known.answeredAtMs >= settings.staleMs) {
      count('session-unavailable');
      return { kind: 'unavailable', detail: `the session store cannot say: ${reason}` };
    }
    // Not to wait again for each request of this session while the store is slow.
    const freshUntilMs = Math.min(now + settings.retryMs, known.answeredAtMs + settings.staleMs);
    this.#known.set(key, { ...known, freshUntilMs });
    count('session-stale');
    return answerOf(known.value);
  }
}

function answerOf(value: string | null): SessionAnswer {
  return value === null ? NONE : { kind: 'value', value };
}
