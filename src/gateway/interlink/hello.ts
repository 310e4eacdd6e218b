import type { BootId, DataCenterId, NodeId, RealmId } from '../../core/ids.ts';
import { FRAME, FRAME_HEADER_BYTES, newFrame } from './frame.ts';
import type { PeerIdentity } from './peer-identity.ts';
import { identityMismatch } from './peer-identity.ts';
import type { ProtocolViolation } from './protocol-violation.ts';
import { violation } from './protocol-violation.ts';
import { encodeText, readText, writeText } from './text-block.ts';

/** `LDCI`: the first bytes of every HELLO's payload, in every version. */
const MAGIC = 0x4c44_4349;
const FORMATS_AT = 16;
const MIN_WINDOW_BYTES = 16_384;
const MAX_WINDOW_BYTES = 16_777_216;

/** The versions of the protocol that this code speaks. */
export const INTERLINK_VERSIONS = Object.freeze({ min: 1, max: 1 });

/** Who this process is on the interlink. */
export interface OwnNode extends PeerIdentity {
  readonly boot: BootId;
  /** Formats of the store's records that this node reads (protocol.md: nothing is written that a live node cannot read). */
  readonly formats: readonly number[];
  /** Default: `INTERLINK_VERSIONS`. */
  readonly versions?: VersionRange;
}

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** What both sides say first. A later version may add strings at the end; the rest keeps its place for ever. */
export interface Hello extends OwnNode {
  readonly versions: VersionRange;
  /** What the peer may send on a new stream before the first WINDOW, in bytes. */
  readonly windowBytes: number;
  /** Streams that the peer may have open at once. */
  readonly maxStreams: number;
}

/** What this process says of itself. */
export const helloOf = (
  own: OwnNode,
  { windowBytes, maxStreams }: Pick<Hello, 'windowBytes' | 'maxStreams'>,
): Hello => ({
  ...own,
  versions: own.versions ?? INTERLINK_VERSIONS,
  windowBytes,
  maxStreams,
});

/** Throws a RangeError for names of our own that cannot be sent: a mistake in the configuration. */
export function encodeHello(hello: Hello): Buffer {
  const text = encodeText([hello.realm, hello.dataCenter, hello.node, hello.boot]);
  if (text === null || text.text.length > 1024 || hello.formats.length > 255)
    throw new RangeError('a name in HELLO cannot be sent');
  const textAt = FORMATS_AT + 1 + 2 * hello.formats.length;
  const frame = newFrame(FRAME.HELLO, 0, textAt + text.bytes);
  const payload = frame.subarray(FRAME_HEADER_BYTES);
  payload.writeUInt32BE(MAGIC, 0);
  payload.writeUInt16BE(hello.versions.min, 4);
  payload.writeUInt16BE(hello.versions.max, 6);
  payload.writeUInt32BE(hello.windowBytes, 8);
  payload.writeUInt32BE(hello.maxStreams, 12);
  payload.writeUInt8(hello.formats.length, FORMATS_AT);
  let at = FORMATS_AT + 1;
  for (const format of hello.formats) at = payload.writeUInt16BE(format, at);
  writeText(text, payload, textAt);
  return frame;
}

export function decodeHello(payload: Buffer): Hello | string {
  if (payload.readUInt32BE(0) !== MAGIC) return 'it does not begin with LDCI';
  const count = payload.readUInt8(FORMATS_AT);
  const textAt = FORMATS_AT + 1 + 2 * count;
  const [realm, dataCenter, node, boot] = readText(payload, textAt) ?? [];
  if (!realm || !dataCenter || !node || !boot) return 'its names are malformed';
  const windowBytes = payload.readUInt32BE(8);
  if (windowBytes < MIN_WINDOW_BYTES || windowBytes > MAX_WINDOW_BYTES) {
    return `window of ${windowBytes} bytes, must be ${MIN_WINDOW_BYTES} to ${MAX_WINDOW_BYTES}`;
  }
  return {
    realm: realm as RealmId,
    dataCenter: dataCenter as DataCenterId,
    node: node as NodeId,
    boot: boot as BootId,
    versions: { min: payload.readUInt16BE(4), max: payload.readUInt16BE(6) },
    formats: Array.from({ length: count }, (_, index) => payload.readUInt16BE(FORMATS_AT + 1 + 2 * index)),
    windowBytes,
    maxStreams: payload.readUInt32BE(12),
  };
}

/** The highest version that both speak, or null. */
export function commonVersion(own: VersionRange, peer: VersionRange): number | null {
  const version = Math.min(own.max, peer.max);
  return version >= own.min && version >= peer.min ? version : null;
}

/**
 * Whether to talk to a peer: a common version, our realm, and the names that its certificate proves. Version comes
 * first, because only it makes the rest readable.
 */
export function checkHello(own: Hello, peer: Hello, proven: PeerIdentity): ProtocolViolation | null {
  if (commonVersion(own.versions, peer.versions) === null) {
    const ranges = `${own.node} speaks ${rangeOf(own)}, ${peer.node} speaks ${rangeOf(peer)}`;
    return { code: 'VERSION', detail: `no common version of the interlink: ${ranges}` };
  }
  if (peer.realm !== own.realm) return { code: 'REALM', detail: `realm ${peer.realm}, ours is ${own.realm}` };
  const mismatch = identityMismatch(proven, peer);
  if (mismatch !== null) return { code: 'IDENTITY', detail: `HELLO and certificate disagree: ${mismatch}` };
  return peer.maxStreams === 0 ? violation('HELLO: no stream is allowed') : null;
}

const rangeOf = ({ versions }: Hello): string => `${versions.min} to ${versions.max}`;
