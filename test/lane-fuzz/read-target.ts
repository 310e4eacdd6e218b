import type { Faults } from './reading.ts';

/** What a target says, in the form that is passed on. */
export interface ReadTarget {
  readonly target: string;
  /** Authority of the absolute form with its port, else null. */
  readonly authority: string | null;
  readonly defaultPort: string;
}

/** RFC 9112 §3.2 and docs/message-rules.md; faults are added, null where nothing can be said. */
export function readTarget(method: string, target: string, faults: Faults): ReadTarget | null {
  if (target.length > 8192) faults.add(414, 'target over 8 KiB');
  if (!/^[\x21-\x7e]+$/.test(target) || /[#\\]/.test(target)) {
    faults.add(400, 'target is not visible ASCII without # and \\');
    return null;
  }
  if (target === '*') {
    if (method !== 'OPTIONS') faults.add(400, '* without OPTIONS');
    return { target, authority: null, defaultPort: '' };
  }
  if (target.startsWith('/')) return { target: normalTarget(target, faults), authority: null, defaultPort: '' };
  const absolute = /^(https?):\/\/([^/?]*)(.*)$/i.exec(target);
  if (absolute === null) {
    faults.add(400, 'neither origin nor absolute form');
    return null;
  }
  const [, scheme = '', authority = '', rest = ''] = absolute;
  const defaultPort = scheme.toLowerCase() === 'http' ? '80' : '443';
  if (!isAuthority(authority)) faults.add(400, 'malformed authority in the target');
  const isAsterisk = rest === '' && method === 'OPTIONS';
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return { target: isAsterisk ? '*' : normalTarget(path, faults), authority, defaultPort };
}

/** The path in its one form (RFC 3986 §6.2.2), the query as it is. */
function normalTarget(target: string, faults: Faults): string {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark);
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) faults.add(400, 'malformed percent-encoding');
  const normal = path.replace(/%([0-9A-Fa-f]{2})/g, (whole, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : whole.toUpperCase();
  });
  if (/%(0.|1.|7F|2F|5C|3B)/.test(normal)) faults.add(400, 'encoded structure');
  if (/%25[0-9A-Fa-f]{2}/.test(normal)) faults.add(400, 'encoded twice');
  if (/;|\/\//.test(normal)) faults.add(400, 'path parameter or empty segment');
  if (normal.split('/').some((segment) => segment === '.' || segment === '..')) faults.add(400, 'dot segment');
  const octets = normal.replace(/%[89A-F][0-9A-F]/g, (hex) => String.fromCharCode(Number.parseInt(hex.slice(1), 16)));
  if (Buffer.from(Buffer.from(octets, 'latin1').toString('utf8'), 'utf8').toString('latin1') !== octets)
    faults.add(400, 'not UTF-8');
  return normal + query;
}

/** host[:port] as docs/message-rules.md has it. */
export function isAuthority(text: string): boolean {
  const parts = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~]+)(?::(0|[1-9]\d{0,4}))?$/.exec(text);
  if (parts === null) return false;
  const [, host = '', port = '0'] = parts;
  if (Number(port) > 65_535 || text.length > 261) return false;
  if (host.startsWith('[')) return URL.canParse(`http://${host}/`);
  const labels = host.replace(/\.$/, '').split('.');
  if (labels.some((label) => label.length < 1 || label.length > 63)) return false;
  const isNumeric = /^\d+$/.test(labels.at(-1) ?? '');
  return !isNumeric || isIpv4(labels.join('.'));
}

function isIpv4(text: string): boolean {
  return (
    /^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/.test(text) && text.split('.').every((part) => Number(part) <= 255)
  );
}

/** The same host and port, the scheme's own port left out or not. */
export function isSameAuthority(host: string, { authority, defaultPort }: ReadTarget): boolean {
  if (authority === null) return true;
  const normal = (text: string): string => {
    const parts = /^(.*?)\.?(?::(\d+))?$/.exec(text.toLowerCase());
    return `${parts?.[1]}:${parts?.[2] ?? defaultPort}`;
  };
  return normal(host) === normal(authority);
}
