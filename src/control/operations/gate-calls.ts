import type { GateClient } from '../../gate/gate-client.ts';

/** The calls of one data center's gate that operations make. */
export type Gate = Pick<GateClient, 'fence' | 'position' | 'caughtUp' | 'promote' | 'follow' | 'lag'>;

/**
 * Copies that have every write before a data center acknowledges it: none, those of its city, or all. What an emergency may lose
 * is worked out from it, so it must be true of the application.
 */
export type Acknowledges = 'local' | 'same-city' | 'remote';

/** The data gates of the realm, handed in: their addresses and tokens are configuration (`gates`). */
export interface GateCalls {
  /** Null: none is configured for this data center. */
  gateOf(dataCenter: string): Gate | null;
  acknowledges(dataCenter: string): Acknowledges;
}

export const NO_GATES: GateCalls = { gateOf: () => null, acknowledges: () => 'local' };
