import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Block = readonly [network: Address, bits: number];

/**
 * The peers whose `Forwarded`, `X-Forwarded-*` and identity headers are believed. IPv4 addresses inside IPv6
 * (`::ffff:10.0.0.1`, what a dual-stack listener reports) are compared as IPv4, in blocks and in addresses.
 */
export interface TrustedProxies {
  /**
   * Whether the address lies in one of the blocks. `undefined` (a socket that is gone) and anything that is not a plain
   * IP address are never trusted. Costs a parse: the lanes ask once per connection, not once per request.
   */
  contains(address: string | undefined): boolean;
}

/**
 * Compiles CIDR blocks (`10.0.0.0/8`, `2001:db8::/32`, a bare address is a block of one).
 * Throws a TypeError that names the block; the ruleset is checked before it gets here, so this is a last line of defence.
 */
export function compileTrustedProxies(cidrs: readonly string[]): TrustedProxies {
  const blocks = cidrs.map(parseBlock);
  return {
    contains(text) {
      const address = text === undefined || blocks.length === 0 ? null : parseAddress(text);
      return address !== null && blocks.some((block) => inBlock(address, block));
    },
  };
}

function inBlock(address: Address, [network, bits]: Block): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** Strict: four decimal parts or IPv6; `010.1`, `0x7f.1` and `2130706433`, which some parsers take, are not addresses. */
function parseAddress(text: string): Address | null {
  const zone = text.indexOf('%');
  const bare = zone > 0 && text.includes(':') ? text.slice(0, zone) : text;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return null;
  return unmapped(ipaddr.IPv6.parse(bare));
}

function unmapped(address: ipaddr.IPv6): Address {
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function parseBlock(cidr: string): Block {
  const [text = '', length, ...rest] = cidr.split('/');
  const address = text.includes('%') ? null : parseAddress(text);
  if (address === null || rest.length > 0) throw invalidBlock(cidr, 'it is not an IP address or address/length');
  const mapped = address.kind() === 'ipv4' && text.includes(':');
  const width = mapped || address.kind() === 'ipv6' ? 128 : 32;
  const bits = length === undefined ? width : /^(0|[1-9]\d{0,2})$/.test(length) ? Number(length) : Number.NaN;
  if (!(bits <= width)) throw invalidBlock(cidr, `its length must be 0 to ${width}`);
  if (mapped && bits < 96) throw invalidBlock(cidr, 'a block of IPv4-mapped addresses has a length of 96 to 128');
  return [address, mapped ? bits - 96 : bits];
}

function invalidBlock(cidr: string, why: string): TypeError {
  return new TypeError(`trusted proxies: "${cidr}" is not a CIDR block: ${why} (ruleset: trust.proxies)`);
}
