import type { GatewayCoreSettings } from '../gateway/gateway-core.ts';
import { DEFAULT_MESSAGE_LIMITS } from '../gateway/message/message-limits.ts';
import type { GatewayConfig } from './gateway-config.ts';

/** What a gateway's core takes from its configuration. */
export function coreSettings({
  guard,
  hold,
  tableFeed,
  announce,
  cells,
  door,
  message,
}: GatewayConfig): GatewayCoreSettings {
  return {
    guard,
    hold,
    tableFeed,
    announce,
    retries: { share: cells.retryShare, burst: cells.retryBurst },
    debugHeaders: door.debugHeaders,
    traceSampled: door.traceSampled,
    limits: { ...DEFAULT_MESSAGE_LIMITS, ...message },
  };
}
