import { parsePort } from './authority.ts';
import { isIpv4, isIpv6 } from './ip-literal.ts';
import type { ProxyHeader, ProxySource } from './proxy-header.ts';

/** `PROXY UNKNOWN`, two IPv6 addresses, two ports and CRLF: the longest line that the specification allows (§2.1). */
export const V1_LONGEST = 107;

const START = 'PROXY ';

/** Reads a version 1 header (text, §2.1) from the start of `bytes`; `bytes` begins with `P`. */
export function readProxyV1(bytes: Uint8Array): ProxyHeader {
  const end = Math.min(bytes.length, V1_LONGEST);
  for (let i = 0; i < Math.min(end, START.length); i++) {
    if (bytes[i] !== START.charCodeAt(i)) return { state: 'bad', detail: 'the first bytes are no PROXY protocol' };
  }
  for (let i = START.length; i < end; i++) {
    const byte = bytes[i];
    if (byte === 0x0a) return { state: 'bad', detail: 'PROXY line with a bare LF' };
    if (byte === 0x0d) return i + 1 < end ? readLine(bytes, i) : unfinished(bytes);
    if (byte === undefined || byte < 0x20 || byte > 0x7e)
      return { state: 'bad', detail: 'PROXY line with a control or non-ASCII byte' };
  }
  return unfinished(bytes);
}

function unfinished(bytes: Uint8Array): ProxyHeader {
  return bytes.length < V1_LONGEST
    ? { state: 'more' }
    : { state: 'bad', detail: `PROXY line without CRLF in ${V1_LONGEST} bytes` };
}

function readLine(bytes: Uint8Array, cr: number): ProxyHeader {
  if (bytes[cr + 1] !== 0x0a) return { state: 'bad', detail: 'PROXY line with a bare CR' };
  const words = Buffer.from(bytes.subarray(START.length, cr)).toString('latin1').split(' ');
  const length = cr + 2;
  // What follows UNKNOWN is to be ignored (§2.1): the connection's own address counts.
  if (words[0] === 'UNKNOWN') return { state: 'done', source: null, length };
  const source = readAddresses(words);
  return source === null
    ? { state: 'bad', detail: 'PROXY line: must be TCP4 or TCP6, two addresses of that family and two ports' }
    : { state: 'done', source, length };
}

function readAddresses(words: readonly string[]): ProxySource | null {
  const [family, address = '', destination = '', port = '', destinationPort = ''] = words;
  if (words.length !== 5 || (family !== 'TCP4' && family !== 'TCP6')) return null;
  const isAddress = family === 'TCP4' ? isIpv4 : isIpv6;
  const from = parsePort(port);
  if (!isAddress(address) || !isAddress(destination) || from === null || parsePort(destinationPort) === null)
    return null;
  return { address: address.toLowerCase(), port: from };
}
