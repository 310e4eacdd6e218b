import { isIP, isIPv6 } from 'node:net';

/** Where an instance listens. `host` is a name or an IP address without brackets. */
export interface InstanceAddress {
  readonly host: string;
  readonly port: number;
}

/** One entry of a cell's `instances`. */
export type InstanceSource =
  | { readonly origin: 'list'; readonly address: InstanceAddress }
  | { readonly origin: 'dns'; readonly name: string; readonly port: number };

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;
const ENTRY = /^(?:\[([^\]]*)\]|([^:[\]]*)):([0-9]{1,5})$/;
const INSTANCE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** The one spelling of an address by which instances are told apart: `host:port`, `[v6]:port`. */
export function addressKey({ host, port }: InstanceAddress): string {
  return isIPv6(host) ? `[${host.toLowerCase()}]:${port}` : `${host.toLowerCase()}:${port}`;
}

/** Reads `host:port` or `[ipv6]:port`. The detail of a refusal says what was seen and what is allowed. */
export function parseInstanceAddress(text: string): Parsed<InstanceAddress> {
  const match = ENTRY.exec(text);
  if (match === null) return refuse(text, 'must be host:port, [ipv6]:port or dns:name:port');
  const [, v6, plain, digits] = match;
  const port = Number(digits);
  if (port < 1 || port > 65_535) return refuse(text, 'port must be 1 to 65535');
  if (v6 !== undefined) {
    return isIPv6(v6) ? accept({ host: v6, port }) : refuse(text, 'brackets must hold an IPv6 address');
  }
  const host = plain ?? '';
  if (isIP(host) === 4) return accept({ host, port });
  // All digits and dots but no IPv4 address: `1.2.3` or `256.1.1.1`, which some resolvers would guess at.
  if (/^[0-9.]+$/.test(host)) return refuse(text, 'host is neither an IPv4 address nor a name');
  return NAME.test(host) ? accept({ host, port }) : refuse(text, 'host must be a DNS name or an IP address');
}

/** Reads one entry of `CellDocument.instances`. */
export function parseInstanceSource(text: string): Parsed<InstanceSource> {
  if (!text.startsWith('dns:')) {
    const address = parseInstanceAddress(text);
    return address.ok ? accept({ origin: 'list', address: address.value }) : address;
  }
  const address = parseInstanceAddress(text.slice('dns:'.length));
  if (!address.ok) return refuse(text, 'must be dns:name:port');
  if (isIP(address.value.host) !== 0) return refuse(text, 'dns: takes a name, not an address');
  return accept({ origin: 'dns', name: address.value.host, port: address.value.port });
}

/** The name under which an instance registers: 1–128 of letters, digits, `.`, `_`, `:`, `-`. */
export function parseInstanceId(text: string): Parsed<string> {
  return INSTANCE_ID.test(text)
    ? accept(text)
    : refuse(text.slice(0, 140), 'an instance ID must be 1 to 128 letters, digits, ".", "_", ":" or "-"');
}

function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

function refuse(seen: string, rule: string): { readonly ok: false; readonly detail: string } {
  return { ok: false, detail: `instance ${JSON.stringify(seen)}: ${rule}` };
}
