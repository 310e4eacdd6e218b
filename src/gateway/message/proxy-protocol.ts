import type { ProxyHeader, ProxySource } from './proxy-header.ts';
import { readProxyV1, V1_LONGEST } from './proxy-protocol-v1.ts';
import { readProxyV2, V2_LONGEST } from './proxy-protocol-v2.ts';

export type ProxyProgress =
  | { readonly state: 'more' }
  /** `rest` is what came after the header: the first bytes of HTTP or TLS. */
  | { readonly state: 'done'; readonly source: ProxySource | null; readonly rest: Uint8Array }
  | { readonly state: 'bad'; readonly detail: string };

export interface ProxyParser {
  /** Takes the next bytes of the connection; after `done` or `bad` it is not fed again. */
  feed(bytes: Uint8Array): ProxyProgress;
}

/**
 * The PROXY protocol, versions 1 and 2 (HAProxy, proxy-protocol.txt), for a listener that asks for it: a connection without
 * a header is refused, because guessing would let any client name its own address (§2). Keeps at most 536 bytes.
 */
export function createProxyParser(): ProxyParser {
  let kept: Uint8Array = new Uint8Array(0);
  const feed = (bytes: Uint8Array): ProxyProgress => {
    // Only as much as the longest header is copied; the rest of a large first chunk stays where it is.
    const before = kept.length;
    kept = concat(kept, bytes.subarray(0, Math.max(V1_LONGEST, V2_LONGEST) - before));
    const header = readProxyHeader(kept);
    if (header.state !== 'done') return header;
    return { state: 'done', source: header.source, rest: bytes.subarray(header.length - before) };
  };
  return { feed };
}

/** Reads a header from the start of `bytes`; the same bytes with more behind them give the same answer, or a later one. */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  const first = bytes[0];
  if (first === undefined) return { state: 'more' };
  if (first === 0x50) return readProxyV1(bytes);
  return first === 0x0d ? readProxyV2(bytes) : { state: 'bad', detail: 'the first bytes are no PROXY protocol' };
}

function concat(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  const joined = new Uint8Array(before.length + bytes.length);
  joined.set(before);
  joined.set(bytes, before.length);
  return joined;
}
