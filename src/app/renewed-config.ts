import type { GatewayConfig } from './gateway-config.ts';

/** Groups that the parent process lives by: they are what they were until it is started anew. */
const KEPT = ['node', 'realm', 'dataCenter', 'directory', 'store', 'admin', 'tableFeed', 'guard', 'announce'] as const;

/**
 * The configuration of new workers when the file was read again: theirs is what the parent does not live by itself. `left` names what
 * changed in the file and stays as it was all the same: addresses, the store, who this gateway is, and the guard's horizon, which is
 * on record. The parent's own checks of cells stay by the settings of its start, too.
 */
export function renewedConfig(
  now: GatewayConfig,
  read: GatewayConfig,
): { readonly config: GatewayConfig; readonly left: readonly string[] } {
  const kept = Object.fromEntries(KEPT.map((name) => [name, now[name]]));
  const config = {
    ...read,
    ...kept,
    door: { ...read.door, host: now.door.host, port: now.door.port, advertise: now.door.advertise },
    interlink: {
      ...read.interlink,
      host: now.interlink.host,
      port: now.interlink.port,
      advertise: now.interlink.advertise,
    },
  } as GatewayConfig;
  // With one process there would be nobody to hand anything to.
  const workers = { ...read.workers, count: Math.max(1, read.workers.count) };
  const left = [...KEPT, 'door', 'interlink'].filter((name) => {
    const [asked, taken] = [read[name as keyof GatewayConfig], config[name as keyof GatewayConfig]];
    return JSON.stringify(asked) !== JSON.stringify(taken);
  });
  return { config: { ...config, workers }, left };
}
