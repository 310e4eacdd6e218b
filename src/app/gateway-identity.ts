import { Identity } from '../gateway/identity/identity.ts';
import { openKeySource } from '../gateway/identity/open-key-source.ts';
import type { SessionStore } from '../gateway/identity/session-store.ts';
import type { GatewayMetrics } from '../gateway/metrics.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';

/** How a gateway tells users, by its configuration. */
export function gatewayIdentity(
  { identity: settings }: Pick<GatewayConfig, 'identity'>,
  metrics: GatewayMetrics,
  sessionStore: SessionStore | null,
): Identity {
  return new Identity({ settings, clock, count: (event) => metrics.identity(event), sessionStore, openKeySource });
}

/** For a process that compiles routes and looks nobody up. */
export const UNASKED_SESSIONS: SessionStore = {
  get: () => Promise.resolve(null),
  close: () => Promise.resolve(),
};
