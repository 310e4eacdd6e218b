import { parsePort } from './authority.ts';
import { isIpv4, isIpv6 } from './ip-literal.ts';

/**
 * The address in a node of Forwarded, X-Forwarded-For or a socket, or null if there is none: without port, brackets and
 * zone, in lower case, and `::ffff:192.0.2.1` as `192.0.2.1` (a dual-stack socket's way to write IPv4).
 */
export function plainAddress(node: string): string | null {
  if (isIpv4(node)) return node;
  if (node.startsWith('[')) {
    const end = node.indexOf(']');
    const rest = node.slice(end + 1);
    const portFine = rest === '' || (rest.startsWith(':') && parsePort(rest.slice(1)) !== null);
    return end !== -1 && portFine ? plainIpv6(node.slice(1, end)) : null;
  }
  const colon = node.indexOf(':');
  if (colon === -1) return null;
  if (node.indexOf(':', colon + 1) !== -1) return plainIpv6(node);
  const address = node.slice(0, colon);
  return isIpv4(address) && parsePort(node.slice(colon + 1)) !== null ? address : null;
}

function plainIpv6(text: string): string | null {
  const zone = text.indexOf('%');
  const address = (zone === -1 ? text : text.slice(0, zone)).toLowerCase();
  if (!isIpv6(address)) return null;
  const mapped = address.startsWith('::ffff:') ? address.slice(7) : '';
  return isIpv4(mapped) ? mapped : address;
}
