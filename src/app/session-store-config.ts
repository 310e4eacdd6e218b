import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { RedisSessionStore } from '../gateway/identity/redis-session-store.ts';
import type { SessionStore } from '../gateway/identity/session-store.ts';
import { SYSTEM_RANDOM } from './system-random.ts';

/** Opens the session store of a configuration, or null where there is none. Throws a TypeError for a malformed URL. */
export function openSessionStore(
  redis: { readonly url: string; readonly ca: string | null } | null,
  log: Logger,
): SessionStore | null {
  if (redis === null) return null;
  return new RedisSessionStore({
    url: redis.url,
    ...(redis.ca !== null && { ca: readFileSync(redis.ca, 'utf8') }),
    random: SYSTEM_RANDOM,
    onConnection: (state, detail) =>
      state === 'usable' ? log.info({ detail }, 'session store usable') : log.warn({ detail }, 'session store lost'),
  });
}
