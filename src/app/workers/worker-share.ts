import type { GatewayConfig } from '../gateway-config.ts';

/**
 * The configuration of one worker: its share of every bound that is set for the gateway as a whole, rounded up, so that the gateway keeps to
 * what was configured however many workers it has (docs/configuration.md, "workers"). What bounds one connection, one request or a rate of the
 * worker's own requests stays.
 */
export function workerShare(config: GatewayConfig): GatewayConfig {
  const { count } = config.workers;
  const share = (whole: number): number => Math.ceil(whole / Math.max(1, count));
  const { hold, cells, interlink } = config;
  return {
    ...config,
    hold: {
      ...hold,
      maxRequests: share(hold.maxRequests),
      maxBytes: share(hold.maxBytes),
      rampRequests: share(hold.rampRequests),
    },
    cells: {
      ...cells,
      maxConnectionsPerInstance: share(cells.maxConnectionsPerInstance),
      queueMaxRequests: share(cells.queueMaxRequests),
      retryBurst: share(cells.retryBurst),
    },
    interlink: { ...interlink, maxWaiting: share(interlink.maxWaiting) },
  };
}
