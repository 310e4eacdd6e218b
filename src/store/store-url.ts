import { isAbsolute } from 'node:path';
import { CodedError } from '../errors.ts';

/** Where the store is. */
export type StoreAddress =
  | { readonly kind: 'embedded'; readonly file: string }
  | { readonly kind: 'etcd'; readonly endpoints: readonly string[]; readonly isTls: boolean };

const FORMS = 'embedded:/absolute/path/file.db, etcd://host:port,host:port or etcds://host:port,host:port (TLS)';
const MAX_ENDPOINTS = 15;

/** Reads a store's URL. Throws STORE_OPTIONS, naming what was seen and what is allowed; never repeats a password. */
export function parseStoreUrl(url: string): StoreAddress {
  if (url.startsWith('embedded:')) return { kind: 'embedded', file: parseFile(url.slice('embedded:'.length)) };
  const match = /^(etcds?):\/\/(.*)$/s.exec(url);
  if (match === null) throw invalid(`begins with ${JSON.stringify(url.slice(0, 12))}, must be ${FORMS}`);
  return { kind: 'etcd', endpoints: parseEndpoints(match[2] ?? ''), isTls: match[1] === 'etcds' };
}

function parseFile(file: string): string {
  if (!isAbsolute(file)) throw invalid(`names the file ${JSON.stringify(file)}, must be an absolute path: ${FORMS}`);
  if (file.includes('\0') || file.endsWith('/')) throw invalid(`names ${JSON.stringify(file)}, must be a file`);
  return file;
}

function parseEndpoints(list: string): readonly string[] {
  if (list.includes('@')) throw invalid('holds a user or password; hand these in as credentials');
  const endpoints = list.replace(/\/$/, '').split(',').map(parseEndpoint);
  if (endpoints.length > MAX_ENDPOINTS) throw invalid(`names ${endpoints.length} endpoints, at most ${MAX_ENDPOINTS}`);
  const twice = endpoints.find((endpoint, index) => endpoints.indexOf(endpoint) !== index);
  if (twice !== undefined) throw invalid(`names ${twice} twice`);
  return endpoints;
}

/** `host`, `host:port` or `[IPv6]:port`; etcd's client port is 2379. */
function parseEndpoint(text: string): string {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?$/.exec(text);
  const port = Number(match?.[2] ?? 2379);
  if (match === null || port < 1 || port > 65_535) {
    throw invalid(
      `has the endpoint ${JSON.stringify(text)}, must be host:port or [IPv6]:port, and several separated by commas`,
    );
  }
  return `${match[1]}:${port}`;
}

const invalid = (what: string): CodedError => new CodedError('STORE_OPTIONS', `the URL of the store ${what}`);
