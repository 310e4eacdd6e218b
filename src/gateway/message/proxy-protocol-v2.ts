import type { ProxyHeader, ProxySource } from './proxy-header.ts';

/** What a receiver must be able to take in one go (§2.2); longer headers are refused. */
export const V2_LONGEST = 536;

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const FIXED = 16;
/** Bytes of addresses by address family and transport (§2.2); datagrams cannot come over a TCP listener. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [0x00, 0],
  [0x11, 12],
  [0x21, 36],
  [0x31, 216],
]);

const bad = (detail: string): ProxyHeader => ({ state: 'bad', detail });

/** Reads a version 2 header (binary, §2.2) from the start of `bytes`; `bytes` begins with CR. */
export function readProxyV2(bytes: Uint8Array): ProxyHeader {
  for (let i = 0; i < Math.min(bytes.length, SIGNATURE.length); i++) {
    if (bytes[i] !== SIGNATURE[i]) return bad('the first bytes are no PROXY protocol');
  }
  const command = bytes[12];
  if (command !== undefined && command !== 0x20 && command !== 0x21)
    return bad('PROXY v2: must be version 2, LOCAL or PROXY');
  const family = bytes[13];
  const addressBytes = family === undefined ? 0 : ADDRESS_BYTES.get(family);
  if (addressBytes === undefined && command !== 0x20)
    return bad('PROXY v2: must be UNSPEC, or a stream of IPv4, IPv6 or UNIX');
  const high = bytes[14];
  const low = bytes[15];
  if (command === undefined || family === undefined || high === undefined || low === undefined)
    return { state: 'more' };
  const length = FIXED + high * 256 + low;
  if (length > V2_LONGEST) return bad(`PROXY v2 header of ${length} bytes, at most ${V2_LONGEST}`);
  if (command === 0x21 && length < FIXED + (addressBytes ?? 0)) return bad('PROXY v2: shorter than its addresses');
  if (bytes.length < length) return { state: 'more' };
  // A LOCAL header speaks of nobody: health checks of the proxy itself. Its rest is skipped unread.
  if (command === 0x20) return { state: 'done', source: null, length };
  if (!areVectorsWhole(bytes, FIXED + (addressBytes ?? 0), length, family))
    return bad('PROXY v2: a type-length-value does not fit');
  return { state: 'done', source: readSource(bytes, family), length };
}

/** After UNSPEC nothing is known of the layout, so nothing can be wrong with it. */
function areVectorsWhole(bytes: Uint8Array, start: number, end: number, family: number): boolean {
  if (family === 0x00) return true;
  let at = start;
  while (at < end) {
    const high = bytes[at + 1];
    const low = bytes[at + 2];
    if (at + 3 > end || high === undefined || low === undefined) return false;
    at += 3 + high * 256 + low;
  }
  return at === end;
}

function readSource(bytes: Uint8Array, family: number): ProxySource | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (family === 0x11) return { address: bytes.subarray(16, 20).join('.'), port: view.getUint16(24) };
  if (family !== 0x21) return null;
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(16 + 2 * i).toString(16));
  return { address: groups.join(':'), port: view.getUint16(48) };
}
