/** Every bound of the interlink; each is a setting `interlink.<name>` of the gateway. Times in ms, sizes in bytes. */
export interface InterlinkLimits {
  /** Longest wait for a connection with its TLS handshake. */
  readonly dialMs: number;
  /** Longest wait for the peer's HELLO on a new connection. */
  readonly helloMs: number;
  readonly pingIntervalMs: number;
  /** Silence after which a connection is dead; at least twice `pingIntervalMs`. */
  readonly deadAfterMs: number;
  /** Added by the edge to the limits of a request that the guard's side watches already. */
  readonly graceMs: number;
  /** How often the edge looks for streams beyond their limits. */
  readonly sweepMs: number;
  /** First and longest wait between two attempts to connect; each is shortened by up to half, at random. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** Connections of one edge to one gateway. */
  readonly connections: number;
  readonly maxStreams: number;
  /** The last stream number of a connection: the next stream goes over a new connection. At most 2³² − 1. */
  readonly lastStream: number;
  /** Requests that wait for a connection that is being made. */
  readonly maxWaiting: number;
  /** Bytes of body that may be on their way on one stream in one direction. */
  readonly windowBytes: number;
  /** Bytes of one stream's body that wait to be sent before its producer is told to stop. */
  readonly streamBufferBytes: number;
  /** Largest payload of the DATA frames that we send: what one stream gets before the next one's turn. */
  readonly dataFrameBytes: number;
  /** Bytes of body that go into one write to the connection. */
  readonly batchBytes: number;
  /** Bytes that wait for a peer that does not read; beyond it the connection is closed. */
  readonly maxQueuedBytes: number;
  /** Bytes of body that wait for slow consumers, all streams of a connection together; beyond it a stream fails. */
  readonly maxHeldBytes: number;
}

export const DEFAULT_INTERLINK_LIMITS: InterlinkLimits = Object.freeze({
  dialMs: 5_000,
  helloMs: 5_000,
  pingIntervalMs: 1_000,
  deadAfterMs: 3_000,
  graceMs: 1_000,
  sweepMs: 100,
  backoffMinMs: 100,
  backoffMaxMs: 5_000,
  connections: 1,
  maxStreams: 10_000,
  lastStream: 0x7fff_ffff,
  maxWaiting: 1_000,
  windowBytes: 262_144,
  streamBufferBytes: 65_536,
  dataFrameBytes: 16_384,
  batchBytes: 262_144,
  maxQueuedBytes: 16_777_216,
  maxHeldBytes: 67_108_864,
});
