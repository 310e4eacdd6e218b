import type { Clock, Random } from '../core/clock.ts';
import { CodedError } from '../errors.ts';
import type { CoordStore } from './coord-store.ts';
import { EmbeddedStore } from './embedded/embedded-store.ts';
import { type EtcdAccess, type TlsTexts, tlsContext } from './etcd/etcd-access.ts';
import { EtcdStore } from './etcd/etcd-store.ts';
import type { StoreObserver } from './store-event.ts';
import { type StoreSettings, storeSettings } from './store-settings.ts';
import { parseStoreUrl } from './store-url.ts';

export interface StoreOptions {
  /** `embedded:/absolute/path/file.db`, `etcd://h1:2379,h2:2379` or, with TLS, `etcds://…`. */
  readonly url: string;
  /** Lower-case letters, digits and dashes, at most 63 characters: part of every key. */
  readonly realm: string;
  /** etcd's user. Only with etcd. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** PEM texts. Only with `etcds://`; without `ca` the system's authorities count; `cert` and `key` only together. */
  readonly tls?: TlsTexts;
  readonly settings?: Partial<StoreSettings>;
  readonly clock: Clock;
  readonly random: Random;
  /** Called for what happens inside and fails no call; what it throws is dropped. */
  readonly observe?: StoreObserver;
}

/**
 * The store that `url` names. Connects (or opens the file) when it is first used, so that a process can start while its
 * store is down: calls then fail with their own codes. Throws STORE_OPTIONS only.
 */
export function openStore(options: StoreOptions): CoordStore {
  const address = parseStoreUrl(options.url);
  const keyPrefix = realmPrefix(options.realm);
  const { clock, random } = options;
  const ambience = { clock, random, observe: safely(options.observe), settings: storeSettings(options.settings) };
  if (address.kind === 'embedded') {
    if (options.credentials !== undefined) throw invalid('credentials are for etcd:// and etcds:// only');
    if (options.tls !== undefined) throw invalid('tls is for etcds:// only');
    return new EmbeddedStore({ ...ambience, file: address.file, keyPrefix });
  }
  const access = etcdAccess(options, address.isTls);
  return new EtcdStore({ ...ambience, endpoints: address.endpoints, access, keyPrefix });
}

/** A log line that cannot be written must not end a watch. */
function safely(observe: StoreObserver = () => {}): StoreObserver {
  return (event) => {
    try {
      observe(event);
    } catch {
      // There is nobody left to tell.
    }
  };
}

/** The beginning of every key of a realm. */
export function realmPrefix(realm: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(realm)) {
    throw invalid(
      `realm is ${JSON.stringify(realm)}, must be 1 to 63 lower-case letters, digits and dashes, not beginning with a dash`,
    );
  }
  return `/ldc/${realm}/v1/`;
}

function etcdAccess({ credentials, tls }: StoreOptions, isTls: boolean): EtcdAccess {
  if (credentials !== undefined && (credentials.user === '' || credentials.password === '')) {
    throw invalid('credentials need a user and a password');
  }
  if (!isTls && tls !== undefined) throw invalid('tls is given, but the URL is etcd://; use etcds://');
  return { ...(isTls && { tls: tlsContext(tls) }), ...(credentials && { credentials }) };
}

const invalid = (what: string): CodedError => new CodedError('STORE_OPTIONS', what);
