import type { Leniency } from './leniency.ts';
import { FIELD_LINE } from './read-chunks.ts';
import { isAuthority, isSameAuthority, type ReadTarget, readTarget } from './read-target.ts';
import type { Faults } from './reading.ts';

export interface ReadHead {
  readonly method: string;
  readonly target: string;
  readonly minor: '0' | '1';
  readonly host: string;
  /** End-to-end fields as they came. */
  readonly fields: readonly string[];
  readonly length: number | 'chunked' | 'none';
  readonly upgrade: string | null;
  readonly closes: boolean;
  /** A server may do so, and nobody can mind: HTTP/1.0, or a wait for a body that there is none of. */
  readonly mayClose: boolean;
  readonly identities: readonly string[];
}

/** Names that mean something to the gateway; another spelling that an application could take for one is refused. */
const SPECIAL = new Set(
  (
    'connection keep-alive proxy-connection proxy-authorization proxy-authenticate proxy-authentication-info te trailer upgrade ' +
    'transfer-encoding content-length host expect http2-settings forwarded x-real-ip x-request-id traceparent tracestate ' +
    'x-original-url x-rewrite-url x-http-method-override x-http-method x-method-override x-user-id'
  ).split(' '),
);
/** What ends at this hop, or is said by the gateway alone. */
const NOT_PASSED = new Set(
  (
    'connection keep-alive proxy-connection proxy-authorization proxy-authenticate proxy-authentication-info te upgrade ' +
    'transfer-encoding content-length host expect http2-settings forwarded x-real-ip x-request-id traceparent tracestate ' +
    'x-original-url x-rewrite-url'
  ).split(' '),
);
/** What Connection may not name, beside the names above that are no hop's own. */
const FOR_ALL = new Set(
  (
    'accept accept-encoding authorization cache-control content-disposition content-encoding content-language content-location ' +
    'content-range content-type cookie cookie2 date etag idempotency-key if-match if-modified-since if-none-match if-range ' +
    'if-unmodified-since last-modified location origin pragma range referer server set-cookie user-agent vary via ' +
    'www-authenticate sec-websocket-key sec-websocket-accept sec-websocket-version sec-websocket-protocol ' +
    'sec-websocket-extensions x-user-id content-length transfer-encoding host expect trailer forwarded x-real-ip x-request-id ' +
    'traceparent tracestate'
  ).split(' '),
);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

type Lines = readonly (readonly [name: string, value: string])[];

const isOurs = (folded: string): boolean => folded.startsWith('ldc-') || folded.startsWith('x-forwarded-');
const valuesOf = (lines: Lines, name: string): string[] =>
  lines.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
const listOf = (values: readonly string[]): string[] =>
  values
    .flatMap((value) => value.split(','))
    .map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((part) => part !== '');

/** Reads a head: request line and field lines, without the empty line. Null: its start line cannot be read at all. */
export function readHead(text: string, faults: Faults, leniency: Leniency): ReadHead | null {
  const [start = '', ...rest] = text.split('\r\n');
  if (/[\r\n]/.test(text.replaceAll('\r\n', ''))) faults.add(400, 'a bare CR or LF');
  if (text.length + 4 > 16 * 1024) faults.add(431, 'a head over 16 KiB');
  if (rest.length > 100) faults.add(431, 'over 100 fields');
  const parts = leniency.startLine.exec(start);
  if (parts === null) {
    faults.add(400, 'a malformed request line');
    // A lane that reads word by word may say what it thinks of the words instead.
    if (/^(CONNECT|TRACE|TRACK) /.test(start)) faults.add(405, 'a refused method');
    return null;
  }
  const [, method = '', target = '', minor = ''] = parts;
  if (!TOKEN.test(method) || method.length > 32) faults.add(400, 'a malformed method');
  if (['CONNECT', 'TRACE', 'TRACK'].includes(method)) faults.add(405, 'a refused method');
  if (leniency.methods?.has(method) === false) {
    faults.statuses.clear();
    faults.add(400, 'a method that the lane does not know');
    return null;
  }
  const lines = readLines(rest, faults);
  if (leniency.tabBehindCoding && rest.some((line) => /^transfer-encoding:.*\t *$/i.test(line)))
    faults.add(400, 'a coding with a tab behind it');
  const read = readTarget(method, target, faults);
  return assemble({ method, read, minor: minor === '1' ? '1' : '0', lines, faults, leniency });
}

function readLines(lines: readonly string[], faults: Faults): Lines {
  return lines.flatMap((line): [string, string][] => {
    const field = FIELD_LINE.exec(line);
    if (field === null) {
      faults.add(400, `a malformed field line ${JSON.stringify(line.slice(0, 40))}`);
      return [];
    }
    const [, name = '', value = ''] = field;
    const folded = name.toLowerCase().replace(/[^a-z0-9]/g, '-');
    if (!/^[A-Za-z0-9-]+$/.test(name) && (SPECIAL.has(folded) || isOurs(folded)))
      faults.add(400, `${name} could be taken for ${folded}`);
    return [[name, value]];
  });
}

interface Parts {
  readonly method: string;
  readonly read: ReadTarget | null;
  readonly minor: '0' | '1';
  readonly lines: Lines;
  readonly faults: Faults;
  readonly leniency: Leniency;
}

function assemble({ method, read, minor, lines, faults, leniency }: Parts): ReadHead {
  const hosts = valuesOf(lines, 'host');
  const host = hosts[0] ?? '';
  if (hosts.length !== 1 || !isAuthority(host)) faults.add(400, 'not exactly one well-formed Host');
  else if (read !== null && !isSameAuthority(host, read)) faults.add(400, 'Host differs from the target');
  const length = readLength(lines, minor, faults);
  const options = readConnection(lines, faults);
  checkExpectAndMethod(lines, method, faults);
  const upgrade = readUpgrade(lines, options, minor, length, faults);
  const isPassed = (name: string): boolean => {
    const lower = name.toLowerCase();
    if (NOT_PASSED.has(lower) || isOurs(lower) || options.includes(lower)) return false;
    return lower !== 'trailer' || length === 'chunked';
  };
  const fields = lines.filter(([name]) => isPassed(name)).map(([name, value]) => `${name}: ${value}`);
  const forProxies = leniency.proxyConnection ? listOf(valuesOf(lines, 'proxy-connection')) : [];
  const asksToClose = [...options, ...forProxies.map((option) => option.toLowerCase())].includes('close');
  const closes = asksToClose || (minor === '0' && !options.includes('keep-alive'));
  const mayClose = minor === '0' || (valuesOf(lines, 'expect').length > 0 && (length === 'none' || length === 0));
  return {
    method,
    target: read?.target ?? '',
    minor,
    host,
    fields,
    length,
    upgrade,
    closes,
    mayClose,
    identities: valuesOf(lines, 'x-user-id'),
  };
}

/** RFC 9112 §6.3, with every case that the RFC leaves to a guess refused. */
function readLength(lines: Lines, minor: '0' | '1', faults: Faults): ReadHead['length'] {
  const lengths = valuesOf(lines, 'content-length');
  const codings = valuesOf(lines, 'transfer-encoding');
  if (codings.length > 0) {
    if (lengths.length > 0) faults.add(400, 'both lengths');
    if (minor === '0') faults.add(400, 'Transfer-Encoding in HTTP/1.0');
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked')
      faults.add(400, 'Transfer-Encoding is not chunked');
    return 'chunked';
  }
  if (lengths.length === 0) return 'none';
  const [length = ''] = lengths;
  if (lengths.length > 1 || !/^(0|[1-9]\d{0,15})$/.test(length) || !Number.isSafeInteger(Number(length))) {
    faults.add(400, 'Content-Length is not one number');
    return 'none';
  }
  return Number(length);
}

function readConnection(lines: Lines, faults: Faults): string[] {
  const options = listOf(valuesOf(lines, 'connection')).map((option) => option.toLowerCase());
  for (const option of options) {
    const folded = option.replace(/[^a-z0-9]/g, '-');
    if (!TOKEN.test(option)) faults.add(400, 'Connection lists what is no token');
    if (FOR_ALL.has(option) || (FOR_ALL.has(folded) && SPECIAL.has(folded) && folded !== 'x-user-id') || isOurs(folded))
      faults.add(400, 'Connection lists a field for all');
  }
  return options;
}

function checkExpectAndMethod(lines: Lines, method: string, faults: Faults): void {
  const expectations = valuesOf(lines, 'expect');
  if (expectations.length > 0 && expectations.join(',').toLowerCase() !== '100-continue')
    faults.add(417, 'an unknown expectation');
  const overrides = ['x-http-method-override', 'x-http-method', 'x-method-override'];
  if (['GET', 'HEAD', 'OPTIONS'].includes(method) && overrides.some((name) => valuesOf(lines, name).length > 0))
    faults.add(400, 'a safe method that is overridden');
  if (valuesOf(lines, 'http2-settings').length > 0) faults.add(400, 'HTTP2-Settings');
}

function readUpgrade(
  lines: Lines,
  options: readonly string[],
  minor: '0' | '1',
  length: ReadHead['length'],
  faults: Faults,
): string | null {
  const values = valuesOf(lines, 'upgrade');
  if (values.length === 0) return null;
  const offers = listOf(values);
  if (offers.length === 0) faults.add(400, 'an empty Upgrade');
  for (const offer of offers) {
    const [name = '', version, ...more] = offer.split('/');
    if (!TOKEN.test(name) || more.length > 0 || (version !== undefined && !TOKEN.test(version)))
      faults.add(400, 'a malformed Upgrade');
    if (/^(http|tls|h2|h2c|h3|h2c-.*)$/i.test(name)) faults.add(400, 'an upgrade to another HTTP or to TLS');
  }
  if (!options.includes('upgrade') || minor === '0') return null;
  if (length !== 'none' && length !== 0) faults.add(400, 'an upgrade with a body');
  return offers[0]?.toLowerCase() ?? null;
}
