import type { HeaderList } from '../upstream.ts';
import { parseAuthority } from './authority.ts';
import { fieldLines } from './field-lines.ts';
import { trimOws } from './field-list.ts';
import { parseForwarded } from './forwarded-elements.ts';
import { headerKind, KIND } from './header-kind.ts';
import { DEFAULT_MESSAGE_LIMITS } from './message-limits.ts';
import { plainAddress } from './peer-address.ts';
import type { RequestHead } from './request-head.ts';

export interface ForwardedTrust {
  /** Whether an address is one of the realm's trusted proxies (trust.proxies). */
  contains(address: string): boolean;
  /**
   * Which family the trusted proxies write. Only one is believed: a proxy that writes X-Forwarded-For passes a Forwarded
   * that the client invented, and the other way round.
   */
  readonly family: 'x-forwarded' | 'forwarded';
  /** Most earlier hops kept (message.forwardedHops). */
  readonly maxHops: number;
}

/** Believes X-Forwarded-* of these proxies. */
export function trustForwarded(proxies: { contains(address: string): boolean }): ForwardedTrust {
  return {
    contains: (address) => proxies.contains(address),
    family: 'x-forwarded',
    maxHops: DEFAULT_MESSAGE_LIMITS.forwardedHops,
  };
}

export interface Forwarding {
  /** Rightmost address that is no trusted proxy: for logs and the miss policy `local`. */
  readonly clientAddress: string;
  /** The peer itself is a trusted proxy: its X-Request-ID and identity headers count. */
  readonly trustedPeer: boolean;
  readonly proto: 'http' | 'https';
  /** The host that the client asked for. */
  readonly host: string;
  /** Forwarded, X-Forwarded-For, -Proto, -Host and X-Real-IP for the cell. */
  readonly headers: HeaderList;
  /** The same as field lines. */
  readonly lines: string;
}

/** What earlier proxies said; `hops` from the client's side on, '' for a hop without a readable address. */
interface Told {
  readonly hops: readonly string[];
  readonly proto: string;
  readonly host: string;
}

const NOTHING_TOLD: Told = Object.freeze({ hops: [], proto: '', host: '' });

/**
 * Says on whose behalf a request comes (RFC 7239; X-Forwarded-* as load balancers write them). What an untrusted peer
 * claims is replaced; to what a trusted proxy claims, the peer is appended.
 */
export function forwarding(
  head: Pick<RequestHead, 'headers' | 'remoteAddress' | 'secure' | 'authority'>,
  trust: ForwardedTrust,
): Forwarding {
  const known = peerOf(head.remoteAddress, trust);
  const { peer, trustedPeer, last } = known;
  // Of a peer that may tell nothing it is the same for all its requests to one host.
  if (last !== null && last.authority === head.authority && last.secure === head.secure) return last.forwarding;
  const told = trustedPeer ? readTold(head.headers, trust) : NOTHING_TOLD;
  const proto = told.proto === 'https' || told.proto === 'http' ? told.proto : head.secure ? 'https' : 'http';
  const host = told.host !== '' && parseAuthority(told.host) !== null ? told.host : head.authority;
  const hops = told.hops.length === 0 ? [peer] : [...told.hops, peer];
  const clientAddress = trustedPeer ? rightmostUntrusted(hops, trust) : peer;
  const headers = writeHeaders(hops, clientAddress, proto, host);
  const result = { clientAddress, trustedPeer, proto, host, headers, lines: fieldLines(headers) } as const;
  if (!trustedPeer) known.last = { authority: head.authority, secure: head.secure, forwarding: result };
  return result;
}

interface Peer {
  readonly remoteAddress: string;
  readonly peer: string;
  readonly trustedPeer: boolean;
  /** What was made of the last request of a peer that is not trusted. */
  last: { readonly authority: string; readonly secure: boolean; readonly forwarding: Forwarding } | null;
}

/** The last peers, each in one of so many places by a hash of its address: a load balancer's connections come again and again. */
const PLACES = 1024;
const PEERS = new WeakMap<ForwardedTrust, (Peer | undefined)[]>();

function peerOf(remoteAddress: string, trust: ForwardedTrust): Peer {
  let peers = PEERS.get(trust);
  if (peers === undefined) {
    peers = new Array(PLACES).fill(undefined) as undefined[];
    PEERS.set(trust, peers);
  }
  let hash = remoteAddress.length;
  for (let i = 0; i < remoteAddress.length; i++) hash = (Math.imul(hash, 31) + remoteAddress.charCodeAt(i)) | 0;
  const place = hash & (PLACES - 1);
  let known = peers[place];
  if (known === undefined || known.remoteAddress !== remoteAddress) {
    const peer = plainAddress(remoteAddress) ?? '';
    known = { remoteAddress, peer, trustedPeer: peer !== '' && trust.contains(peer), last: null };
    peers[place] = known;
  }
  return known;
}

/** Goes from the peer towards the client as long as the one who told is trusted; an unreadable hop ends the way. */
function rightmostUntrusted(hops: readonly string[], trust: ForwardedTrust): string {
  let client = hops.at(-1) ?? '';
  for (let i = hops.length - 1; i >= 0; i--) {
    const hop = hops[i] ?? '';
    if (hop === '') break;
    client = hop;
    if (!trust.contains(hop)) break;
  }
  return client;
}

function writeHeaders(hops: readonly string[], client: string, proto: string, host: string): string[] {
  const ends = `;host="${host}";proto=${proto}`;
  let forwarded = '';
  let forwardedFor = '';
  for (const hop of hops) {
    const comma = forwardedFor === '' ? '' : ', ';
    forwarded += `${comma}for=${forwardedNode(hop)}`;
    if (comma === '') forwarded += ends;
    forwardedFor += `${comma}${hop === '' ? 'unknown' : hop}`;
  }
  const list = [
    'Forwarded',
    forwarded,
    'X-Forwarded-For',
    forwardedFor,
    'X-Forwarded-Proto',
    proto,
    'X-Forwarded-Host',
    host,
  ];
  if (client !== '') list.push('X-Real-IP', client);
  return list;
}

/** RFC 7239 §6: IPv6 in brackets and quotes. */
function forwardedNode(hop: string): string {
  if (hop === '') return 'unknown';
  return hop.includes(':') ? `"[${hop}]"` : hop;
}

function readTold(headers: HeaderList, trust: ForwardedTrust): Told {
  const told = trust.family === 'forwarded' ? readForwarded(headers) : readXForwarded(headers);
  return told.hops.length <= trust.maxHops ? told : { ...told, hops: told.hops.slice(-trust.maxHops) };
}

function readForwarded(headers: HeaderList): Told {
  const elements = parseForwarded(fieldValue(headers, 'forwarded'));
  if (elements === null) return NOTHING_TOLD;
  const first = elements[0];
  return {
    hops: elements.map((element) => plainAddress(element.for) ?? ''),
    proto: first?.proto.toLowerCase() ?? '',
    host: first?.host ?? '',
  };
}

function readXForwarded(headers: HeaderList): Told {
  const value = fieldValue(headers, 'x-forwarded-for');
  return {
    hops: value === '' ? [] : value.split(',').map((node) => plainAddress(trimOws(node)) ?? ''),
    proto: fieldValue(headers, 'x-forwarded-proto').toLowerCase(),
    host: fieldValue(headers, 'x-forwarded-host'),
  };
}

/** All lines of one field joined by commas, '' for none. */
function fieldValue(headers: HeaderList, wanted: string): string {
  let value = '';
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (headerKind(name) !== KIND.forwarded || name.toLowerCase() !== wanted) continue;
    value = value === '' ? (headers[i + 1] ?? '') : `${value},${headers[i + 1] ?? ''}`;
  }
  return value;
}
