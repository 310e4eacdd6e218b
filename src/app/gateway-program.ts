import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { BootId } from '../core/ids.ts';
import { readGatewayConfig } from './gateway-config.ts';
import { GatewayNode } from './gateway-node.ts';
import { liveAs } from './process-life.ts';
import { readConfigFile } from './read-config-file.ts';
import { openConfiguredStore } from './store-config.ts';

/** `ldc gateway --config FILE`: runs until it is told to stop. Rejects with a coded error if it cannot start. */
export async function runGateway(configFile: string): Promise<void> {
  const config = readGatewayConfig(readConfigFile(configFile), configFile);
  const log = pino({ base: { program: 'gateway', node: config.node, ownDataCenter: config.dataCenter } });
  const store = openConfiguredStore(config.store, config.realm, (event) => log.warn(event, 'store'));
  const node = new GatewayNode(config, store, randomUUID() as BootId, log);
  const ports = await node.start();
  const stop = async (): Promise<void> => {
    await node.stop();
    await store.close();
  };
  liveAs({ stop, reload: () => node.reloadCertificates() }, ports, log);
}
