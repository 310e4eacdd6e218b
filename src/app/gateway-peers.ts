import { join } from 'node:path';
import type { Logger } from 'pino';
import { type PeerAddress, PeerDirectory } from '../gateway/peer-directory.ts';
import type { CoordStore } from '../store/coord-store.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { snapshotFile } from './snapshot-file.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';

/** Finds out whom of the other data centers a gateway has to dial. Not started yet. */
export function gatewayPeers(
  { dataCenter, directory, tableFeed }: GatewayConfig,
  store: CoordStore,
  log: Logger,
  onPeers: (peers: readonly PeerAddress[]) => void,
): PeerDirectory {
  return new PeerDirectory({
    store,
    clock,
    dataCenter,
    pollMs: tableFeed.pollMs * 4,
    snapshot: snapshotFile(join(directory, 'peers.snapshot')),
    onPeers,
    onBadRecord: (detail) => log.warn({ detail }, 'a gateway’s record cannot be used'),
  });
}
