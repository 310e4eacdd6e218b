import { randomUUID } from 'node:crypto';
import { type Logger, pino } from 'pino';
import type { BootId } from '../core/ids.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { type GatewayConfig, readGatewayConfig } from './gateway-config.ts';
import { GatewayNode } from './gateway-node.ts';
import { liveAs, type ProcessLife } from './process-life.ts';
import { readConfigFile } from './read-config-file.ts';
import { renewedConfig } from './renewed-config.ts';
import { openConfiguredStore } from './store-config.ts';
import { GatewayParent } from './workers/gateway-parent.ts';

/**
 * `ldc gateway --config FILE`: runs until it is told to stop. `workers`: of the command line, in place of the configuration's. Rejects
 * with a coded error if it cannot start.
 */
export async function runGateway(configFile: string, workers?: number): Promise<void> {
  const read = (): GatewayConfig => readGatewayConfig(readConfigFile(configFile), configFile, workers);
  const config = read();
  const log = pino({ base: { program: 'gateway', node: config.node, ownDataCenter: config.dataCenter } });
  const store = openConfiguredStore(config.store, config.realm, (event) => log.warn(event, 'store'));
  const [gateway, reload] = makeGateway(config, read, store, log);
  const ports = await gateway.start();
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await store.close();
  };
  liveAs({ stop, reload }, ports, log);
}

type Gateway = Pick<GatewayNode, 'start' | 'stop'>;

/** The gateway, and what SIGHUP does to it. */
function makeGateway(
  config: GatewayConfig,
  read: () => GatewayConfig,
  store: CoordStore,
  log: Logger,
): [Gateway, NonNullable<ProcessLife['reload']>] {
  const boot = randomUUID() as BootId;
  if (config.workers.count === 0) {
    const node = new GatewayNode(config, store, boot, log);
    return [node, () => node.reloadCertificates()];
  }
  const parent = new GatewayParent(config, store, boot, log);
  const reload = (): void => {
    try {
      const { config: renewed, left } = renewedConfig(config, read());
      if (left.length > 0) log.warn({ settings: left }, 'changed settings that only a new start takes up');
      void parent.renew(renewed);
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the configuration cannot be used; the old workers stay');
    }
  };
  return [parent, reload];
}
