/** Bounds of a door (the listener that clients connect to); names are those of the gateway's configuration under `door.`. */
export interface DoorSettings {
  /** Longest wait for a request's head, for a TLS handshake and for a PROXY header, ms. */
  readonly headMs: number;
  /** An idle connection is closed after this, ms. Above the idle time of load balancers in front (usually 60 s), or they see resets. */
  readonly keepAliveMs: number;
  /** Most connections at once; further ones are closed at once. */
  readonly maxConnections: number;
  /** Most connections of one client address. Everybody behind one load balancer has one address, unless `door.proxyProtocol` tells theirs. */
  readonly maxConnectionsPerAddress: number;
  /** Requests of one connection that may wait behind the one being served; one more and the connection is closed. */
  readonly maxPipelined: number;
  /** How long an answer that came before the end of the request waits for the rest, ms; closing at once could cut the answer off. */
  readonly lingerMs: number;
  /** A client that has ended its side behind a whole request is asked after so long without a byte for it whether it is still there, ms. */
  readonly halfClosedMs: number;
  /** Largest head that node:http reads, bytes; the message rules refuse more than 16 KiB. */
  readonly maxHeadBytes: number;
  /** When the gateway stops: how long idle connections stay open, and how long the rest may take, ms. */
  readonly drainIdleMs: number;
  readonly drainMs: number;
}

export const DEFAULT_DOOR_SETTINGS: DoorSettings = Object.freeze({
  headMs: 10_000,
  keepAliveMs: 75_000,
  maxConnections: 20_000,
  maxConnectionsPerAddress: 20_000,
  maxPipelined: 100,
  lingerMs: 1_000,
  halfClosedMs: 1_000,
  maxHeadBytes: 32 * 1024,
  drainIdleMs: 2_000,
  drainMs: 30_000,
});
