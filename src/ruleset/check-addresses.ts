import ipaddr from 'ipaddr.js';
import { type Draft, finding } from './draft.ts';
import type { Finding } from './mistake.ts';

/** Addresses of instances and of trusted proxies. */
export function checkAddresses(draft: Draft): readonly Finding[] {
  const cells = draft.units.flatMap((unit) => unit.cells ?? []);
  const instances = cells.flatMap(({ instances = [], path }) =>
    instances.flatMap((address, index) => {
      const fault = instances.indexOf(address) === index ? instanceFault(address) : 'must be named once';
      const at = [...path, 'instances', index];
      return fault === null ? [] : [finding(draft, at, `instance ${JSON.stringify(address)}`, fault, address)];
    }),
  );
  const proxies = (draft.proxies ?? []).flatMap((block, index) => {
    const fault = blockFault(block);
    const what = `trust.proxies has ${JSON.stringify(block)}`;
    return fault === null ? [] : [finding(draft, ['trust', 'proxies', index], what, fault, block)];
  });
  return [...instances, ...proxies];
}

const FORMS = 'must be host:port, [ipv6]:port or dns:name:port';
const PARTS = /^(?<dns>dns:)?(?<host>\[[^[\]]*\]|[^:[\]]*):(?<port>[^:]*)$/;
const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
/** The last label of a name is not all digits (RFC 1123 §2.1): `300.1.1.1` is a mistyped address. */
const NAME = new RegExp(`^(${LABEL}\\.)*(?!\\d+$)${LABEL}$`);

/** What is wrong with the address of an instance, as what must be; null if it is well-formed. */
export function instanceFault(address: string): string | null {
  const { dns, host = '', port = '' } = PARTS.exec(address)?.groups ?? {};
  if (host === '') return FORMS;
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) return `${FORMS}, the port 1 to 65535`;
  if (dns === undefined && host.startsWith('[')) return isIpv6(host.slice(1, -1)) ? null : FORMS;
  if (dns === undefined && ipaddr.IPv4.isValidFourPartDecimal(host)) return null;
  if (host !== host.toLowerCase()) return `${FORMS}, the name in lower case`;
  return host.length <= 253 && NAME.test(host) ? null : `${FORMS}, with an IPv4 address or a host name`;
}

function isIpv6(text: string): boolean {
  return !text.includes('%') && ipaddr.IPv6.isValid(text);
}

/** What is wrong with a CIDR block, as what must be; null if it is well-formed. */
export function blockFault(block: string): string | null {
  const isV4 = ipaddr.IPv4.isValidCIDRFourPartDecimal(block);
  if (!isV4 && (!block.includes(':') || block.includes('%') || !ipaddr.IPv6.isValidCIDR(block))) {
    return 'must be a CIDR block such as 10.0.0.0/8 or 2001:db8::/32';
  }
  const network = isV4 ? ipaddr.IPv4.networkAddressFromCIDR(block) : ipaddr.IPv6.networkAddressFromCIDR(block);
  const [address = '', length = ''] = block.split('/');
  const given = isV4 ? ipaddr.IPv4.parse(address) : ipaddr.IPv6.parse(address);
  if (!/^(0|[1-9]\d*)$/.test(length)) return 'must have a length without leading zeros';
  const isNetwork = network.toString() === given.toString();
  return isNetwork ? null : `must be a network: ${network.toString()}/${length}`;
}
